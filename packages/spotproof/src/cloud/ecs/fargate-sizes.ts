import { CloudFault } from '../wire/fault.ts';

/** CPU units and MiB as text, from any way in which the API takes them: `256`, `.25 vCPU`, `0.5 GB`. */
export function fargateSize(cpu: string | undefined, memory: string | undefined): { readonly cpu: string; readonly memory: string } {
  const units = amount(cpu, 'vCPU');
  const mebibytes = amount(memory, 'GB');
  const [min, max, stepMiB] = SIZES[units] ?? [Number.POSITIVE_INFINITY, 0, 1];
  const fits = mebibytes >= min && mebibytes <= max && (mebibytes - min) % stepMiB === 0 && !(units === 256 && mebibytes === 1536);
  if (fits) return { cpu: String(units), memory: String(mebibytes) };
  throw new CloudFault(
    'ClientException',
    `No Fargate configuration exists for given values: ${units} CPU, ${mebibytes} memory. See the Amazon ECS documentation for the valid values.`,
  );
}

function amount(text: string | undefined, unit: string): number {
  const match = /^\s*(\d*\.?\d+)\s*(vcpu|gb)?\s*$/i.exec(text ?? '');
  if (match === null)
    throw new CloudFault(
      'ClientException',
      `Fargate requires task definition to have ${unit === 'GB' ? 'memory' : 'cpu'} at the task level, got ${text ?? 'none'}.`,
    );
  return Math.round(Number(match[1]) * (match[2] === undefined ? 1 : 1024));
}

/** CPU units to least MiB, most MiB and step (ECS developer guide, "Task CPU and memory" of Fargate). */
const SIZES: Readonly<Record<number, readonly [number, number, number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16_384: [32_768, 122_880, 8192],
};
