// lightship as it runs on ECS: without KUBERNETES_SERVICE_HOST it delays nothing and serves its probes on a random port.
import { createServer } from 'node:http';
import { createLightship } from 'lightship';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

const lightship = await createLightship();
const server = createServer(handle);
server.keepAliveTimeout = KEEP_ALIVE_MS;
server.listen(PORT, () => lightship.signalReady());
// Returning the promise is kinder than the README's bare `server.close()`, after which lightship exits within a second: requests get its 5 s
// handler timeout.
lightship.registerShutdownHandler(() => new Promise((resolve) => server.close(() => resolve())));
