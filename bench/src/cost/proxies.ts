import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BalancerCommand, BalancerReport } from '../../../packages/spotproof/src/balancer/protocol.ts';
import { toolPath } from '../tools/ensure-tool.ts';
import { freePort, start, untilListening } from '../tools/started.ts';
import { OurProcess } from './our-process.ts';

/** Something that forwards to the backends, in one process with one thread. */
export interface Proxy extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
}

export interface ProxyOptions {
  readonly backends: readonly number[];
  /** For configurations and records. */
  readonly directory: string;
}

/** Ours with all its accounting: a record and an ALB access-log line for each request. */
export async function ourBalancer({ backends, directory }: ProxyOptions): Promise<Proxy> {
  const balancer = new OurProcess<BalancerCommand, BalancerReport>('balancer/process/main.js');
  balancer.send({
    type: 'start',
    config: {
      nodes: 1,
      algorithm: 'round_robin',
      idleTimeoutMs: 60_000,
      clientKeepAliveMs: 3_600_000,
      connectTimeoutMs: 10_000,
      deregistrationDelayMs: 300_000,
      healthCheck: { path: '/', intervalMs: 5_000, timeoutMs: 5_000, healthyThreshold: 2, unhealthyThreshold: 2, matcher: [200, 299] },
      finLagMs: 1,
      adversary: 'none',
      recordsPath: path.join(directory, 'balancer.ndjson'),
      accessLogPath: path.join(directory, 'access.log'),
    },
  });
  const { nodes } = await balancer.report('listening');
  for (const port of backends) {
    balancer.send({ type: 'register', target: { id: String(port), host: '127.0.0.1', port }, lagMs: [0] });
    await balancer.report(
      'target-health',
      (report) => report.type === 'target-health' && report.targetId === String(port) && report.state === 'healthy',
    );
  }
  const [node] = nodes;
  if (node === undefined) throw new Error('The balancer has no node.');
  return {
    name: "spotproof's balancer",
    url: `http://${node.host}:${node.port}/`,
    pid: balancer.pid,
    [Symbol.asyncDispose]: async () => balancer[Symbol.dispose](),
  };
}

/** nginx with kept connections to its upstreams and an access log, one worker in the one process. */
export async function nginx({ backends, directory }: ProxyOptions, name = 'nginx'): Promise<Proxy> {
  const port = await freePort();
  const file = path.join(directory, `${port}.nginx.conf`);
  const upstream = backends.map((backend) => `server 127.0.0.1:${backend} max_fails=0;`).join(' ');
  const files = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${directory}/${port}.${kind};`).join(' ');
  await writeFile(
    file,
    `daemon off; master_process off; pid ${directory}/${port}.pid; error_log ${directory}/${port}.error.log;
events { worker_connections 1024; }
http {
  ${files}
  access_log ${directory}/${port}.access.log combined buffer=64k;
  keepalive_requests 1000000000;
  upstream targets { ${upstream} keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://targets; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
    }
    location = /answer { return 200 "seventeen octets\\n"; }
  }
}
`,
  );
  return await started(name, port, toolPath('nginx'), ['-p', directory, '-c', file]);
}

/** haproxy with one thread, kept connections to its servers, and no log. */
export async function haproxy({ backends, directory }: ProxyOptions): Promise<Proxy> {
  const port = await freePort();
  const file = path.join(directory, `${port}.haproxy.cfg`);
  await writeFile(
    file,
    `global
  nbthread 1
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  default_backend targets
backend targets
  balance roundrobin
${backends.map((backend) => `  server t${backend} 127.0.0.1:${backend}`).join('\n')}
`,
  );
  return await started('haproxy', port, toolPath('haproxy'), ['-db', '-f', file]);
}

async function started(name: string, port: number, command: string, args: readonly string[]): Promise<Proxy> {
  const program = start(command, args);
  await untilListening(port);
  return { name, url: `http://127.0.0.1:${port}/`, pid: program.pid, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}
