// lightship as it runs on ECS: without KUBERNETES_SERVICE_HOST it delays nothing and serves its probes on a random port.
import { createServer } from 'node:http';
import { createLightship } from 'lightship';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const lightship = await createLightship();
const server = createServer(handle);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(PORT, () => lightship.signalReady());
lightship.registerShutdownHandler(() => {
  server.close();
});
