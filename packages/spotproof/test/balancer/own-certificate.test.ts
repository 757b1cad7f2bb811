import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { makeOwnCertificate } from '../../src/balancer/own-certificate.ts';

test('the certificate is for loopback, signed by its own key, valid now and read by OpenSSL whatever its length', () => {
  for (let round = 0; round < 50; round++) {
    const { key, cert } = makeOwnCertificate();

    const certificate = new X509Certificate(cert);

    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key)));
    assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(certificate.checkHost('localhost'), 'localhost');
    assert.ok(Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now());
  }
});

test('two certificates share neither key nor serial number', () => {
  const [one, other] = [makeOwnCertificate(), makeOwnCertificate()].map(({ cert }) => new X509Certificate(cert));

  assert.notEqual(one?.serialNumber, other?.serialNumber);
  assert.notEqual(one?.publicKey.export({ type: 'spki', format: 'pem' }), other?.publicKey.export({ type: 'spki', format: 'pem' }));
});
