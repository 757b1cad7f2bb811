import { main } from '../../../src/main.ts';

// `spotproof` from source.
await main(process.argv);
