import type { CloudFault } from './fault.ts';
import { shapeOutput } from './output.ts';
import { ownEntry, type ServiceModel } from './service-model.ts';

/**
 * awsQuery: a form in, XML out.
 *
 * `Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=arn…&Targets.member.1.Id=10.0.0.1&Targets.member.1.Port=80`
 */
export function readQueryInput(model: ServiceModel, shape: string | null, form: URLSearchParams): unknown {
  if (shape === null) return {};
  const root: FormNode = { text: undefined, below: new Map() };
  for (const [name, text] of form) if (name !== 'Action' && name !== 'Version') nodeAt(root, name).text = text;
  return readShape(model, shape, root);
}

/** What a form says under one name, and under the names that begin with it: `Targets.member.1.Id` is four of them. */
interface FormNode {
  text: string | undefined;
  readonly below: Map<string, FormNode>;
}

function nodeAt(root: FormNode, name: string): FormNode {
  let node = root;
  for (const part of name.split('.')) {
    const next = node.below.get(part) ?? { text: undefined, below: new Map() };
    node.below.set(part, next);
    node = next;
  }
  return node;
}

function readShape(model: ServiceModel, name: string, { text, below }: FormNode): unknown {
  const shape = model.shapes[name];
  if (shape === undefined) return undefined;
  switch (shape.type) {
    case 'structure': {
      // A member that the model does not know is kept as text, so that it can be complained of.
      const members = [...below].map(([member, node]) => {
        const inner = ownEntry(shape.members, member);
        return [member, inner === undefined ? (node.text ?? '') : readShape(model, inner, node)] as const;
      });
      return Object.fromEntries(members.filter(([, value]) => value !== undefined));
    }
    case 'list': {
      const members = below.get('member')?.below;
      const items: unknown[] = [];
      for (let node = members?.get('1'); node !== undefined; node = members?.get(String(items.length + 1)))
        items.push(readShape(model, shape.member, node));
      return items.length === 0 && text !== '' ? undefined : items;
    }
    case 'map':
      return undefined;
    case 'integer':
    case 'long':
    case 'double':
    case 'float':
      return text === undefined ? undefined : text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'string':
    case 'blob':
    case 'timestamp':
      return text;
  }
}

export function writeQueryOutput(
  model: ServiceModel,
  options: {
    readonly operation: string;
    readonly shape: string | null;
    readonly output: unknown;
    readonly namespace: string;
    readonly requestId: string;
  },
): string {
  const { operation, shape, output, namespace, requestId } = options;
  const shaped = shape === null ? {} : shapeOutput(model, shape, output, (at) => at.toISOString());
  const result = element(`${operation}Result`, content(shaped));
  return `<${operation}Response xmlns="${namespace}">${result}<ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata></${operation}Response>`;
}

export function writeQueryFault({ code, message }: CloudFault, namespace: string, requestId: string): string {
  const error = `${element('Type', 'Sender')}${element('Code', escape(code))}${element('Message', escape(message))}`;
  return `<ErrorResponse xmlns="${namespace}">${element('Error', error)}${element('RequestId', requestId)}</ErrorResponse>`;
}

function content(value: unknown): string {
  if (Array.isArray(value)) return value.map((member) => element('member', content(member))).join('');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, member]) => element(name, content(member)))
      .join('');
  return escape(String(value));
}

function element(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`;
}

/** What XML has no way to say, such as most control characters, becomes U+FFFD: no client could read the answer otherwise. */
function escape(text: string): string {
  return text.replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character).replace(UNSAYABLE, '\uFFFD');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' };
const UNSAYABLE = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;
