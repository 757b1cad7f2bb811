/* oxlint-disable typescript/no-unsafe-type-assertion -- Both ends of the way are this package, and the way itself is told apart by its name and version. */
import { eachWorker, hasWorkers, onFirstFork, type WorkerProcess } from '../../process/cluster.ts';
import { isMainThread, sharedThreads } from '../../process/threads.ts';
import type { Crew, MemberLink } from './crew.ts';
import type { FromMember } from './messages.ts';

/** Finds the cluster workers and threads of this process and makes them members of the crew. */
export class Muster {
  readonly #crew: Crew;
  readonly #isDraining: () => boolean;
  readonly #stopped: WorkerProcess[] = [];
  #watchesWorkers = false;
  #activity = 0;

  constructor(crew: Crew, isDraining: () => boolean) {
    this.#crew = crew;
    this.#isDraining = isDraining;
    onFirstFork(() => this.#watchWorkers());
    if (isMainThread) this.#watchThreads();
  }

  /** Changes whenever a worker has taken a connection. */
  get activity(): number {
    return this.#activity;
  }

  /** Looks for workers that were started before this life began. */
  look(): void {
    if (hasWorkers()) this.#watchWorkers();
  }

  /** The service is over: so are workers that were started when it already ended. */
  dismiss(): void {
    for (const worker of this.#stopped) worker.kill('SIGKILL');
  }

  #watchWorkers(): void {
    if (this.#watchesWorkers) return;
    this.#watchesWorkers = true;
    eachWorker((worker) => {
      // An app that replaces each worker that ends would replace those that are drained. Killed, the new one would be replaced too, and so on; so it
      // waits, before it could run any code.
      if (this.#isDraining()) {
        worker.kill('SIGSTOP');
        this.#stopped.push(worker);
        return;
      }
      const link: MemberLink = {
        name: `worker ${worker.id}`,
        send: (message) => worker.send(message),
        letGo: () => worker.disconnect(),
        end: () => worker.kill('SIGKILL'),
      };
      this.#crew.add(link);
      worker.onMessage((message) => this.#crew.heard(link, message as FromMember));
      worker.onActivity(() => {
        this.#activity += 1;
      });
      worker.onExit((code) => this.#gone(link, code === 0));
    });
  }

  /** Its end is often heard of before its last message, which is here already and only has to be read. */
  #gone(link: MemberLink, isClean: boolean): void {
    setTimeout(() => this.#crew.gone(link, isClean), LAST_MESSAGE_MS).unref();
  }

  #watchThreads(): void {
    const links = new Map<number, MemberLink>();
    const threads = sharedThreads();
    threads.listen({
      message: (id, message) => {
        const link: MemberLink = links.get(id) ?? {
          name: `thread ${id}`,
          send: (order) => threads.send(id, order),
          letGo: () => {},
          end: () => threads.terminate(id),
        };
        links.set(id, link);
        this.#crew.add(link);
        this.#crew.heard(link, message as FromMember);
      },
      ended: (id, code) => {
        // Ids are not used again, so that the link may stay for a message that is still to be read.
        const link = links.get(id);
        if (link !== undefined) this.#gone(link, code === 0);
      },
    });
  }
}

const LAST_MESSAGE_MS = 250;
