/* A server in C: a process for each connection, one request each, and no word about SIGTERM, which ends it at once.
 * cc -O2 -o server server.c && PORT=3000 ./server */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void answer(int client) {
  char request[8192];
  size_t length = 0;
  while (length < sizeof request - 1) {
    ssize_t count = read(client, request + length, sizeof request - 1 - length);
    if (count <= 0) return;
    length += (size_t)count;
    request[length] = '\0';
    if (strstr(request, "\r\n\r\n") != NULL) break;
  }
  if (strncmp(request, "GET /slow ", 10) == 0) usleep(1500 * 1000);
  const char *response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nConnection: close\r\n\r\nhello from C\n";
  for (size_t sent = 0, size = strlen(response); sent < size;) {
    ssize_t count = write(client, response + sent, size - sent);
    if (count <= 0) return;
    sent += (size_t)count;
  }
}

int main(void) {
  const char *text = getenv("PORT");
  int port = text == NULL ? 3000 : atoi(text);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0) {
    perror("listen");
    return 1;
  }
  signal(SIGCHLD, SIG_IGN); /* the children need not be waited for */
  printf("listening on %d\n", port);
  fflush(stdout);
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    if (fork() == 0) {
      close(listener);
      answer(client);
      shutdown(client, SHUT_WR);
      _exit(0);
    }
    close(client);
  }
}
