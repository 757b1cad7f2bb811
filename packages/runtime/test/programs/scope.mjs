// A script whose life is a block. `await using` is what it stands for, and Node 20 and 22 cannot parse it.
import { createLifecycle } from '@spotproof/runtime';

const life = createLifecycle({ exit: false });
life.hook('database', () => console.log('hook'));
try {
  console.log('listening 0');
} finally {
  await life[Symbol.asyncDispose]();
}
const next = createLifecycle();
console.log('after', life.phase, next.phase, (await life.report).cause);
