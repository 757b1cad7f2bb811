import { installOnDebian, isExecutable } from './debian.ts';

/** A program that tests need and that npm does not bring. */
export interface Tool {
  /** Who needs it, as the subject of a sentence: `The tests of stores need`. */
  readonly need: string;
  /** What it is, with its article: `a Redis server`. */
  readonly what: string;
  /** Debian's packages that bring it. */
  readonly packages: readonly string[];
  /** How it is installed on other systems, such as `` `brew install redis` on macOS ``. */
  readonly elsewhere: readonly string[];
  /** Where it is, when it is there. */
  readonly find: () => string | undefined;
  /** An environment variable that names one, and goes before all that is found. */
  readonly told?: {
    readonly variable: string;
    /** What its value is the path of. */
    readonly expected: string;
    /** True for a path that can be used; a file that can be executed, unless said otherwise. */
    readonly accepts?: (path: string) => boolean;
  };
}

/**
 * Path of the tool: the one that its variable tells, else one that is there, else Debian's, installed through apt when this process may. Throws a sentence
 * that says exactly what to install otherwise: tests never skip for the lack of a tool.
 */
export function requireTool(tool: Tool): string {
  const there = toldPath(tool) ?? tool.find();
  if (there !== undefined) return there;
  const said = installOnDebian(tool.packages);
  const now = tool.find();
  if (now !== undefined) return now;
  const ways = [`\`apt-get install -y ${tool.packages.join(' ')}\` on Debian`, ...tool.elsewhere].join(', ');
  const orTell = tool.told === undefined ? '' : `;\nor set ${tool.told.variable} to the path of ${tool.told.expected} that you have`;
  throw new Error(`${tool.need} ${tool.what}, and none was found. ${said}\nInstall it and run the tests again: ${ways}${orTell}.`);
}

function toldPath({ told }: Tool): string | undefined {
  const path = told === undefined ? undefined : process.env[told.variable];
  if (told === undefined || path === undefined || (told.accepts ?? isExecutable)(path)) return path;
  throw new Error(`${told.variable} should be the path of ${told.expected}, got "${path}". Correct it or unset it.`);
}
