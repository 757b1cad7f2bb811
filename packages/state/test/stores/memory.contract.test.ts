import { MemoryStore } from '@spotproof/state';
import { storeContract } from '../contract/store-contract.ts';

storeContract(
  'memory',
  () => {
    let now = Date.UTC(2026, 0, 1);
    return {
      store: new MemoryStore({ now: () => now }),
      advance: (ms) => {
        now += ms;
      },
      dispose: () => {},
    };
  },
  { virtualTime: true },
);

storeContract('memory, with the real clock', () => ({ store: new MemoryStore(), dispose: () => {} }));
