import type { Call } from './call.ts';

/** The call as one types it for the AWS CLI in a shell, with what it saves. */
export function cliLine({ call, input, save = {} }: Call): string {
  const [service = '', operation = ''] = call.split(' ');
  const options = Object.entries(input).map(([name, value]) => option(kebab(name), value));
  const saved = Object.entries(save);
  const query = saved.length === 0 ? [] : [`--query '[${saved.map(([, path]) => path).join(',')}]'`, '--output text'];
  // CLI v1 sends calls of SQS to AWS, whatever AWS_ENDPOINT_URL says: it puts an old address of SQS into each call that names none.
  const endpoint = service === 'sqs' ? ['--endpoint-url "$AWS_ENDPOINT_URL"'] : [];
  const line = ['aws', service, kebab(operation), ...options, ...endpoint, ...query].join(' ');
  return saved.length === 0 ? line : `read -r ${saved.map(([name]) => name).join(' ')} < <(${line})`;
}

function option(name: string, value: unknown): string {
  if (typeof value === 'boolean') return value ? `--${name}` : `--no-${name}`;
  if (Array.isArray(value) && value.length > 0 && value.every((member) => typeof member === 'string'))
    return `--${name} ${value.map(quoted).join(' ')}`;
  return `--${name} ${quoted(typeof value === 'string' ? value : JSON.stringify(value))}`;
}

/** In single quotes where a shell needs them, but for the variables. */
function quoted(text: string): string {
  if (/^[\w.,:/=@-]+$/.test(text)) return text;
  return text
    .split(/(\$[A-Z_]+)/)
    .filter((part) => part !== '')
    .map((part) => (/^\$[A-Z_]+$/.test(part) ? `"${part}"` : `'${part.replaceAll("'", String.raw`'\''`)}'`))
    .join('');
}

/** As botocore makes option names out of member names. */
function kebab(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}
