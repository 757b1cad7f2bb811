import { preload } from './auto/preload.ts';

preload();
