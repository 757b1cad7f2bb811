// Like npm or a build tool: never opens a server.
console.log('listeners', process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'), !Object.hasOwn(process, 'emit'));
setTimeout(() => {}, 60_000);
