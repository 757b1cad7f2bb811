import { main } from '../../../src/exec/main.ts';

await main(process.argv.slice(2));
