import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. A client trusts it by naming it as its root. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate for localhost that signs itself, for libraries that take nothing but a certificate. It is made anew each time: one in a file would expire. */
export function selfSigned(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const name = sequence(tagged(0x31, sequence(COMMON_NAME, text(0x0c, 'spotproof test'))));
  const signed = sequence(
    tagged(0xa0, VERSION_3),
    integer(1),
    sequence(ECDSA_WITH_SHA256),
    name,
    sequence(utcTime(now - DAY_MS), utcTime(now + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(sequence(SUBJECT_ALT_NAME, tagged(0x04, sequence(text(0x82, 'localhost')))))),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)]));
  const der = sequence(signed, sequence(ECDSA_WITH_SHA256), signature);
  const base64 = der
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** One element of DER (ITU-T X.690): tag, length, content. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.from([value]));
}

function text(tag: number, value: string): Buffer {
  return tagged(tag, Buffer.from(value));
}

function utcTime(ms: number): Buffer {
  return text(0x17, `${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`);
}

const VERSION_3 = integer(2);
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = tagged(0x06, Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
/** 2.5.4.3 */
const COMMON_NAME = tagged(0x06, Buffer.from([0x55, 0x04, 0x03]));
/** 2.5.29.17 */
const SUBJECT_ALT_NAME = tagged(0x06, Buffer.from([0x55, 0x1d, 0x11]));
const DAY_MS = 86_400_000;
