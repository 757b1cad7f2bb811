// autocannon as a process of its own, told over IPC when to begin, so that its CPU can be read before and after.
import autocannon from 'autocannon';

process.on('message', ({ url, connections, seconds, ratePerSecond }) => {
  autocannon({ url, connections, duration: seconds, overallRate: ratePerSecond }).then(
    (result) => process.send({ type: 'done', requests: result.requests.total }),
    (error) => process.send({ type: 'failed', message: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send({ type: 'ready' });
