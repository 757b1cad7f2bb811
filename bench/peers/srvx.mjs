// srvx: its graceful shutdown is on by default (unless CI or TEST is set).
import { serve, toFetchHandler } from 'srvx/node';
import { handle } from '../../examples/mixed/handler.mjs';
import { KEEP_ALIVE_MS, PORT } from './listen.mjs';

serve({ port: PORT, fetch: toFetchHandler(handle), node: { keepAliveTimeout: KEEP_ALIVE_MS } });
