import type { CloudFault } from './fault.ts';
import { shapeOutput } from './output.ts';
import type { ServiceModel } from './service-model.ts';

/**
 * awsQuery: a form in, XML out.
 *
 * `Action=RegisterTargets&Version=2015-12-01&TargetGroupArn=arn…&Targets.member.1.Id=10.0.0.1&Targets.member.1.Port=80`
 */
export function readQueryInput(model: ServiceModel, shape: string | null, form: URLSearchParams): unknown {
  if (shape === null) return {};
  const tree = new Map<string, string>([...form].filter(([name]) => name !== 'Action' && name !== 'Version'));
  return readShape(model, shape, tree, '') ?? {};
}

function readShape(model: ServiceModel, name: string, form: ReadonlyMap<string, string>, path: string): unknown {
  const shape = model.shapes[name];
  if (shape === undefined) return undefined;
  const below = path === '' ? '' : `${path}.`;
  switch (shape.type) {
    case 'structure': {
      const given = [...new Set([...form.keys()].filter((key) => key.startsWith(below)).map((key) => key.slice(below.length).split('.')[0] ?? ''))];
      if (given.length === 0 && path !== '') return undefined;
      // A member that the model does not know is kept as text, so that it can be complained of.
      const members = given.map((member) => {
        const inner = shape.members[member];
        return [member, inner === undefined ? form.get(below + member) : readShape(model, inner, form, below + member)] as const;
      });
      return Object.fromEntries(members.filter(([, value]) => value !== undefined));
    }
    case 'list': {
      const items: unknown[] = [];
      for (let index = 1; ; index++) {
        const item = readShape(model, shape.member, form, `${path}.member.${index}`);
        if (item === undefined) return items.length === 0 && form.get(path) !== '' ? undefined : items;
        items.push(item);
      }
    }
    case 'map':
      return undefined;
    case 'integer':
    case 'long':
    case 'double':
    case 'float': {
      const text = form.get(path);
      return text === undefined ? undefined : text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    }
    case 'boolean': {
      const text = form.get(path);
      return text === 'true' ? true : text === 'false' ? false : text;
    }
    case 'string':
    case 'blob':
    case 'timestamp':
      return form.get(path);
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

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
