import http from 'node:http';
import { Balancer } from '/work/main/packages/spotproof/src/balancer/balancer.ts';
import { Peer } from '/work/main/packages/spotproof/test/balancer/support/peer.ts';
import { TEST_CONFIG } from '/work/main/packages/spotproof/test/balancer/support/start-balancer.ts';
for (const keepAlive of [500, 65000]) for (const adversary of ['none','keep-alive'] as const) {
  const servers = [1,2].map(()=>{ const s=http.createServer((q,r)=>setTimeout(()=>r.end('ok'),Math.random()*20)); s.keepAliveTimeout=keepAlive; s.listen(0,'127.0.0.1'); return s;});
  await new Promise(r=>setTimeout(r,50));
  const recs: any[]=[];
  const b=new Balancer({config:{...TEST_CONFIG,adversary, idleTimeoutMs: 20000},writeRecord:l=>recs.push(JSON.parse(l)),report:()=>{}});
  const [n]=await b.listen();
  servers.forEach((s,i)=>b.register({id:'t'+i,host:'127.0.0.1',port:(s.address() as any).port}));
  const end=performance.now()+12000; let c=0;
  const pool: Peer[]=[];
  while(performance.now()<end){ const p=pool.pop() ?? Peer.to(n!.port); c++; p.clear(); p.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'); p.receives('\r\n\r\n').then(()=>{pool.push(p)},()=>{}); await new Promise(r=>setTimeout(r,-Math.log(1-Math.random())*16)); }
  await new Promise(r=>setTimeout(r,500));
  const by: Record<string,number>={}; for(const r of recs) by[r.status+' '+(r.cause??'')]=(by[r.status+' '+(r.cause??'')]??0)+1;
  const lat=recs.map(r=>r.endedAt-r.receivedAt).sort((a,b)=>a-b);
  console.log(keepAlive,adversary,c,recs.length,by,'p50',lat[lat.length>>1]!.toFixed(1),'p99',lat[Math.floor(lat.length*.99)]!.toFixed(1));
  b.destroy(); servers.forEach(s=>{s.closeAllConnections();s.close()}); pool.forEach(p=>p.socket.destroy());
}
process.exit();
