import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WebSocketFrames } from '../../src/exec/front/websocket-frames.ts';

test('the place between two frames is found however the octets are cut, whatever the length and the mask', () => {
  const frame = fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    length: fc.oneof(fc.nat(300), fc.integer({ min: 65_530, max: 65_545 })),
    isMasked: fc.boolean(),
  });
  const property = fc.property(
    fc.array(frame, { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1 }),
    (frames, cuts) => {
      const encoded = frames.map(encode);
      const ends = encoded.map((_, index) => encoded.slice(0, index + 1).reduce((sum, one) => sum + one.length, 0));
      const octets = Buffer.concat(encoded);
      const found: number[] = [];
      const reader = new WebSocketFrames();
      let position = 0;
      for (let turn = 0; position < octets.length; turn++) {
        position += reader.read(octets.subarray(position, position + (cuts[turn % cuts.length] ?? 1)), true);
        if (reader.mayInsert) found.push(position);
      }

      assert.deepEqual(found, ends);
    },
  );

  fc.assert(property, { numRuns: 60 });
});

test('nothing may follow the close frame of the server', () => {
  const reader = new WebSocketFrames();

  reader.read(Uint8Array.of(0x88, 0x02, 0x03, 0xe8));

  assert.equal(reader.mayInsert, false);
});

function encode({ opcode, length, isMasked }: { readonly opcode: number; readonly length: number; readonly isMasked: boolean }): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const extended =
    length < 126
      ? [length | mask]
      : length < 65_536
        ? [126 | mask, length >> 8, length & 255]
        : [127 | mask, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  return Buffer.concat([Uint8Array.of(0x80 | opcode, ...extended), Buffer.alloc(isMasked ? 4 : 0, 7), Buffer.alloc(length, 0x88)]);
}
