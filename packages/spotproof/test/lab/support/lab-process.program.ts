// A lab in a process of its own, to be killed from outside. Options come as JSON; `ready` is printed once load is running.
import { runLab } from '../../../src/lab/run-lab.ts';
import type { LabOptions } from '../../../src/verdict/lab-run.ts';

// The test wrote it from the same type.
const options = JSON.parse(process.argv[2] ?? '') as LabOptions;
await runLab(
  options,
  {
    onProgress: (progress) => {
      if (progress.type === 'phase') console.log(progress.phase);
    },
  },
  new AbortController().signal,
);
