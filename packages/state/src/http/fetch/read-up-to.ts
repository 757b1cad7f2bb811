/** A body, read until it ended or was too large. */
export type PartlyRead =
  | { readonly isWhole: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly isWhole: false; readonly bytes: Uint8Array<ArrayBuffer>; readonly rest: ReadableStreamDefaultReader<Uint8Array> };

export async function readUpTo(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<PartlyRead> {
  if (body === null) return { isWhole: true, bytes: new Uint8Array() };
  const rest = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await rest.read();
    if (done) return { isWhole: true, bytes: joined(chunks, length) };
    chunks.push(value);
    length += value.byteLength;
    if (length > maxBytes) return { isWhole: false, bytes: joined(chunks, length), rest };
  }
}

/** The body that was partly read, from its beginning. */
export function rejoined({ bytes, rest }: Extract<PartlyRead, { readonly isWhole: false }>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
    pull: async (controller) => {
      const { done, value } = await rest.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => rest.cancel(reason),
  });
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
