process.on('SIGTERM', function earlier() {
  process.exit(9);
});
