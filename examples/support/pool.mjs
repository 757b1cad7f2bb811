import { setTimeout as wait } from 'node:timers/promises';

/** Stands for a database driver. A query after the end fails, as it does with a real one. */
export function openPool() {
  let open = true;
  const assertOpen = () => {
    if (!open) throw new Error('the pool has ended');
  };
  return {
    async query(text, ms = 0) {
      assertOpen();
      await wait(ms);
      assertOpen();
      return { rows: [text] };
    },
    async end() {
      open = false;
      console.log('database closed');
    },
  };
}
