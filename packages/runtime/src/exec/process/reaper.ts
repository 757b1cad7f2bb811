import { accessSync, constants } from 'node:fs';

/**
 * Makes sure that somebody reaps the orphans, where that is our task: as PID 1.
 *
 * Every process whose parent ends becomes a child of PID 1, and stays as a zombie until PID 1 waits for it. Node waits for the children that it started
 * itself and for no others, and has no call for it. Any POSIX shell does: so this process becomes one, which starts us again below it, hands signals
 * on, waits for whatever ends, and ends as we end.
 *
 * Returns only when it is not our task, or when it cannot be done: on Node before 22.15 or without a shell.
 */
export function becomeReaper(): void {
  if (process.pid !== 1 || typeof process.execve !== 'function' || !hasShell()) return;
  process.execve(SHELL, ['sh', '-c', SCRIPT, 'spotproof-exec', process.execPath, ...process.execArgv, ...process.argv.slice(1)], process.env);
}

/** Looked at before: Node ends the process when `execve` fails. */
function hasShell(): boolean {
  try {
    accessSync(SHELL, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * `wait` ends early when a trap runs, with the trap's signal in its status: as long as our process is there, that was not its end. The last `wait` asks
 * for the status again, in case it came to its end while a trap ran; 127 then means that it had been told already.
 *
 * Tried with dash and bash: neither loses a signal to the end of an orphan. Bash, which is `sh` on Amazon Linux and Fedora, loses one that another
 * follows within a millisecond; so SIGCONT, which some send together with SIGTERM, is left to the kernel.
 *
 * A shell gives its background processes /dev/null to read from; descriptor 3 keeps the real one.
 */
const SCRIPT = [
  'exec 3<&0',
  'for s in TERM INT QUIT HUP USR1 USR2 WINCH; do trap "kill -$s \\$c 2>/dev/null" $s; done',
  '"$@" <&3 3<&- &',
  'c=$!',
  'exec 3<&-',
  'wait $c; r=$?',
  'while kill -0 $c 2>/dev/null; do wait $c; r=$?; done',
  'wait $c 2>/dev/null; s=$?',
  '[ $s -eq 127 ] || r=$s',
  'exit $r',
].join('\n');

const SHELL = '/bin/sh';
