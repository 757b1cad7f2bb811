/** What is kept of an error. */
export interface StoredError {
  readonly name: string;
  readonly message: string;
  /** The error's own `code`, where it is a text. */
  readonly code?: string;
}

/** No stack: it may be long, and names files. Never throws, whatever was thrown. */
export function encodeError(error: unknown): Uint8Array {
  try {
    return encode(error);
  } catch {
    return encode(new Error('What was thrown cannot be read as text.'));
  }
}

function encode(error: unknown): Uint8Array {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: error };
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? { code: cut(error.code, 200) } : {};
  return Buffer.from(JSON.stringify({ name: cut(name, 200), message: cut(message, LONGEST_MESSAGE), ...code } satisfies StoredError));
}

export function decodeError(bytes: Uint8Array): StoredError {
  const { name, message, code } = parse(bytes);
  return {
    name: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    ...(typeof code === 'string' ? { code } : {}),
  };
}

function parse(bytes: Uint8Array): Partial<Record<keyof StoredError, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function cut(text: unknown, length: number): string {
  return String(text).slice(0, length);
}

const LONGEST_MESSAGE = 4000;
