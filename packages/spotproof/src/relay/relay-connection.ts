import { connect, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';
import type { RelayFault } from './protocol.ts';
import { internalServerError, RequestWatch, type SeenRequest } from './request-watch.ts';

export interface RelayConnectionOptions {
  /** From the balancer, half-open allowed. */
  readonly socket: Socket;
  readonly targetPort: number;
  readonly fault: RelayFault | undefined;
  /** Both sides are closed. Called once. */
  readonly onOver: () => void;
}

/** One connection of the balancer with its counterpart to the app. Which of the two gets a request is decided at its first byte. */
export class RelayConnection {
  readonly #options: RelayConnectionOptions;
  readonly #balancer: Socket;
  readonly #watch = new RequestWatch((request) => this.#onRequest(request));
  readonly #late = new DelayLine();
  #app: Socket | undefined;
  #fault: RelayFault | undefined;
  #answers: 'app' | 'relay' = 'app';
  /** Bytes went missing: it can carry nothing sensible any more. */
  #isBroken = false;
  /** The app has agreed to an upgrade: what follows is no HTTP. */
  #isTunnel = false;

  constructor(options: RelayConnectionOptions) {
    this.#options = options;
    this.#balancer = options.socket;
    this.#fault = options.fault;
    this.#balancer.on('data', (chunk: Buffer) => this.#fromBalancer(chunk));
    this.#balancer.on('end', () => this.#onBalancerEnd());
    this.#balancer.on('error', () => this.#app?.resetAndDestroy());
    this.#balancer.on('drain', () => this.#regulate());
    this.#balancer.on('close', () => this.#onClose());
    if (this.#fault === undefined || this.#fault.kind === 'slow') this.#connectApp();
  }

  setFault(fault: RelayFault | undefined): void {
    this.#fault = fault;
    const speaksSomethingElse = this.#watch.isOpaque && !this.#isTunnel;
    if ((fault === undefined && this.#isBroken) || (fault?.kind === '5xx' && speaksSomethingElse)) this.#reset();
  }

  destroy(): void {
    this.#balancer.destroy();
    this.#app?.destroy();
  }

  #fromBalancer(chunk: Buffer): void {
    if (this.#fault?.kind === 'hang') {
      this.#isBroken = true;
      return;
    }
    if (!this.#isTunnel) {
      if (this.#watch.isBetween) this.#answers = this.#fault?.kind === '5xx' ? 'relay' : 'app';
      this.#watch.push(chunk);
      if (this.#answers === 'relay') {
        // There is no 500 in a language that we do not speak.
        if (this.#watch.isOpaque) this.#reset();
        return;
      }
    }
    const app = this.#connectApp();
    if (app.write(chunk)) return;
    this.#balancer.pause();
    app.once('drain', () => this.#balancer.resume());
  }

  #onRequest(request: SeenRequest): void {
    if (this.#answers === 'app') return;
    this.#balancer.write(internalServerError(request));
    if (!request.keepAlive) this.#balancer.end();
  }

  #onBalancerEnd(): void {
    if (this.#fault?.kind === 'hang' || this.#app === undefined) this.destroy();
    else this.#app.end();
  }

  /** The same one from the second call on. */
  #connectApp(): Socket {
    if (this.#app !== undefined) return this.#app;
    const app = connect({ host: '127.0.0.1', port: this.#options.targetPort, allowHalfOpen: true, noDelay: true });
    this.#app = app;
    app.on('data', (chunk: Buffer) => this.#fromApp(chunk));
    app.on('end', () => this.#toBalancer(() => this.#balancer.end(), 0));
    app.on('error', () => this.#toBalancer(() => this.#balancer.resetAndDestroy(), 0));
    app.on('close', () => this.#onClose());
    return app;
  }

  #fromApp(chunk: Buffer): void {
    if (this.#watch.askedForUpgrade && chunk.toString('latin1', 0, SWITCHING_PROTOCOLS.length) === SWITCHING_PROTOCOLS) this.#isTunnel = true;
    this.#toBalancer(() => this.#balancer.write(chunk), chunk.length);
  }

  #toBalancer(act: () => void, octets: number): void {
    if (this.#fault?.kind === 'hang') {
      this.#isBroken = true;
      return;
    }
    const actAndRegulate = (): void => {
      act();
      this.#regulate();
    };
    this.#late.add(actAndRegulate, { delayMs: this.#fault?.kind === 'slow' ? this.#fault.delayMs : 0, octets });
    this.#regulate();
  }

  /** The app must not get ahead of the balancer by more than a bounded number of octets. */
  #regulate(): void {
    if (this.#late.octets > MAX_LATE_OCTETS || this.#balancer.writableNeedDrain) this.#app?.pause();
    else this.#app?.resume();
  }

  #reset(): void {
    this.#balancer.resetAndDestroy();
    this.#app?.resetAndDestroy();
  }

  #onClose(): void {
    if (this.#balancer.destroyed && this.#app !== undefined && !this.#app.destroyed) {
      // Nobody is left to hear the app. A half-close has both sides alive and does not come here.
      this.#app.destroy();
      return;
    }
    if (!this.#balancer.destroyed) return;
    this.#late.destroy();
    this.#options.onOver();
  }
}

const SWITCHING_PROTOCOLS = 'HTTP/1.1 101';
const MAX_LATE_OCTETS = 4 << 20;
