import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** The direct children of a process by /proc, none when it is gone or the system has no such file. */
export function childrenOf(pid: number): readonly number[] {
  return threadsOf(pid).flatMap((thread) => numbersIn(readText(`/proc/${pid}/task/${thread}/children`)));
}

/** A process and everything below it. */
export function treeOf(pid: number): readonly number[] {
  const tree = [pid];
  // The list grows while it is walked; the limit guards against a process that forks faster than we read.
  for (let index = 0; index < tree.length && tree.length < MAX_PROCESSES; index++) tree.push(...childrenOf(tree[index] ?? pid));
  return tree;
}

/** Inode numbers of the sockets that a process has open. */
export function socketInodesOf(pid: number): readonly number[] {
  return listFolder(`/proc/${pid}/fd`).flatMap((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode === undefined ? [] : [Number(inode)];
  });
}

function threadsOf(pid: number): readonly string[] {
  return listFolder(`/proc/${pid}/task`);
}

function numbersIn(text: string): readonly number[] {
  return text.split(' ').filter(Boolean).map(Number);
}

// A process may be gone between any two of these calls: then there is nothing to see, which is an answer, not a failure.

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

const MAX_PROCESSES = 1000;
