// Cheap ends for the benchmark, so that what is measured is the relay between them.
//
//   endpoint serve [CERT KEY]                 listens on a free port of 127.0.0.1 and prints it; with TLS where given
//   endpoint run PROTO WORK PORT [PATH] N FRAME   connects through a relay and measures
//
// PROTO: tcp, tls, ws, wss. WORK, told to the server by its first byte:
//   d  down: the server writes, we read for N ms          prints bytes and microseconds
//   u  up: we write for N ms, the server reads            prints bytes and microseconds
//   p  64 bytes forth and back N times                    prints p50, p99 and the worst in microseconds
//   i  N connections at once that stay silent             prints "open", ends when its input does
//   s  the server writes, we never read for N ms          prints the bytes that the server got rid of
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, BIG = 1 << 20, PING = 64, WARM_UP_US = 300000 };

static char buffer[BIG + 64];
static volatile long *sent; // by the server to a client that does not read; shared with its children

typedef struct {
  int fd;
  SSL *tls;
  int isWebSocket;
} Connection;

static void fail(const char *what) {
  fprintf(stderr, "endpoint: %s failed\n", what);
  exit(1);
}

static long nowUs(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void noDelay(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static long writeSome(Connection *c, const char *bytes, size_t length) {
  return c->tls ? SSL_write(c->tls, bytes, (int)length) : write(c->fd, bytes, length);
}

static void writeAll(Connection *c, const char *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    long n = writeSome(c, bytes + at, length - at);
    if (n <= 0) _exit(1); // the other side went first
    at += (size_t)n;
  }
}

static long readSome(Connection *c, char *bytes, size_t length) {
  return c->tls ? SSL_read(c->tls, bytes, (int)length) : read(c->fd, bytes, length);
}

// ---- the server: TCP, or TLS

static SSL_CTX *serverTls;

static void serveOne(int fd) {
  char work;
  Connection c = {.fd = fd};
  noDelay(fd);
  if (serverTls) {
    c.tls = SSL_new(serverTls);
    SSL_set_fd(c.tls, fd);
    if (SSL_accept(c.tls) != 1) _exit(0);
  }
  if (readSome(&c, &work, 1) != 1) _exit(0);
  if (work == 'd') {
    for (;;) writeAll(&c, buffer, CHUNK);
  } else if (work == 's') {
    for (long n; (n = writeSome(&c, buffer, CHUNK)) > 0;) *sent += n;
  } else if (work == 'u') {
    while (readSome(&c, buffer, BIG) > 0) {}
  } else if (work == 'p') {
    for (long n; (n = readSome(&c, buffer, CHUNK)) > 0;) writeAll(&c, buffer, (size_t)n);
  } else if (work == '?') {
    long total = *sent;
    writeAll(&c, (char *)&total, sizeof total);
  }
  while (readSome(&c, buffer, CHUNK) > 0) {}
  _exit(0);
}

/** Silent connections stay in this process: a thousand children would be measured, too. */
static int isSilent(int fd) {
  char work;
  struct pollfd p = {.fd = fd, .events = POLLIN};
  return poll(&p, 1, 5000) == 1 && recv(fd, &work, 1, MSG_PEEK) == 1 && work == 'i';
}

static void serve(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (void *)&address, length) || listen(listener, 2048)) fail("listening");
  getsockname(listener, (void *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0 || (!serverTls && isSilent(fd))) continue;
    if (fork() == 0) {
      close(listener);
      serveOne(fd);
    }
    close(fd);
  }
}

// ---- the client

static Connection connectTo(const char *proto, int port) {
  Connection c = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c.fd, (void *)&address, sizeof address)) fail("connecting");
  noDelay(c.fd);
  c.isWebSocket = proto[0] == 'w';
  if (!strcmp(proto, "tls") || !strcmp(proto, "wss")) {
    c.tls = SSL_new(SSL_CTX_new(TLS_client_method()));
    SSL_set_fd(c.tls, c.fd);
    if (SSL_connect(c.tls) != 1) fail("the TLS handshake");
  }
  return c;
}

static void upgrade(Connection *c, const char *path, int port) {
  char head[4096];
  size_t at = 0;
  int length = snprintf(head, sizeof head,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Protocol: binary\r\n\r\n",
                        path, port);
  writeAll(c, head, (size_t)length);
  do {
    if (at + 1 >= sizeof head || readSome(c, head + at, 1) != 1) fail("the WebSocket handshake");
    head[++at] = 0;
  } while (!strstr(head, "\r\n\r\n"));
  if (!strstr(head, " 101 ")) fail("the WebSocket handshake");
}

/** A masked binary frame of `length` bytes at `target`. Returns its size. */
static size_t frame(char *target, const char *payload, size_t length) {
  const unsigned char mask[4] = {0x5a, 0x17, 0xc3, 0x88};
  size_t at = 0;
  target[at++] = (char)0x82;
  if (length < 126) {
    target[at++] = (char)(0x80 | length);
  } else if (length < 65536) {
    target[at++] = (char)(0x80 | 126);
    target[at++] = (char)(length >> 8);
    target[at++] = (char)length;
  } else {
    target[at++] = (char)(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) target[at++] = (char)((unsigned long)length >> shift);
  }
  memcpy(target + at, mask, 4);
  at += 4;
  for (size_t i = 0; i < length; i++) target[at + i] = (char)(payload[i] ^ mask[i & 3]);
  return at + length;
}

static void send1(Connection *c, char work) {
  char framed[16];
  if (c->isWebSocket) writeAll(c, framed, frame(framed, &work, 1));
  else writeAll(c, &work, 1);
}

static void report(long bytes, long us) { printf("%ld %ld\n", bytes, us); }

static void down(Connection *c, long ms) {
  long total = 0, begun = nowUs(), since = 0, base = 0, now = begun, n;
  while ((n = readSome(c, buffer, BIG)) > 0) {
    total += n;
    now = nowUs();
    if (!since && now - begun > WARM_UP_US) since = now, base = total;
    if (since && now - since > ms * 1000) break;
  }
  report(total - base, since ? now - since : 0);
}

static void up(Connection *c, long ms, size_t size) {
  char *bytes = malloc(size + 64);
  size_t length = c->isWebSocket ? frame(bytes, buffer, size) : (memcpy(bytes, buffer, size), size);
  long total = 0, begun = nowUs(), since = 0, base = 0, now = begun;
  for (;;) {
    writeAll(c, bytes, length);
    total += (long)size;
    now = nowUs();
    if (!since && now - begun > WARM_UP_US) since = now, base = total;
    if (since && now - since > ms * 1000) break;
  }
  report(total - base, now - since);
}

static int byValue(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return (x > y) - (x < y);
}

static void pingPong(Connection *c, long count) {
  const long warmUp = 500;
  char out[PING + 14];
  size_t length = c->isWebSocket ? frame(out, buffer, PING) : PING;
  size_t wanted = c->isWebSocket ? PING + 2 : PING;
  long *took = malloc((size_t)count * sizeof *took);
  for (long i = -warmUp; i < count; i++) {
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    writeAll(c, out, length);
    for (size_t got = 0; got < wanted;) {
      long n = readSome(c, buffer + CHUNK, wanted - got);
      if (n <= 0) fail("the answer");
      got += (size_t)n;
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    if (i >= 0) took[i] = (b.tv_sec - a.tv_sec) * 1000000000L + (b.tv_nsec - a.tv_nsec);
  }
  qsort(took, (size_t)count, sizeof *took, byValue);
  printf("%.1f %.1f %.1f\n", took[count / 2] / 1e3, took[count * 99 / 100] / 1e3, took[count - 1] / 1e3);
}

static void idle(const char *proto, int port, const char *path, long count) {
  char line[8];
  for (long i = 0; i < count; i++) {
    Connection c = connectTo(proto, port);
    if (c.isWebSocket) upgrade(&c, path, port);
    send1(&c, 'i');
  }
  puts("open");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {}
}

int main(int count, char **words) {
  struct rlimit files = {20000, 20000};
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_IGN);
  for (size_t i = 0; i < BIG; i++) buffer[i] = (char)(i * 131 >> 3);
  sent = mmap(NULL, sizeof *sent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (count == 4 && !strcmp(words[1], "serve")) {
    serverTls = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_file(serverTls, words[2], SSL_FILETYPE_PEM) != 1) fail("reading the certificate");
    if (SSL_CTX_use_PrivateKey_file(serverTls, words[3], SSL_FILETYPE_PEM) != 1) fail("reading the key");
    serve();
  }
  if (count == 2 && !strcmp(words[1], "serve")) serve();
  if (count != 8 || strcmp(words[1], "run")) fail("reading the command line");
  const char *proto = words[2], *path = words[5];
  char work = words[3][0];
  int port = atoi(words[4]);
  long n = atol(words[6]);
  if (work == 'i') {
    idle(proto, port, path, n);
    return 0;
  }
  Connection c = connectTo(proto, port);
  if (c.isWebSocket) upgrade(&c, path, port);
  send1(&c, work);
  if (work == 'd') down(&c, n);
  else if (work == 'u') up(&c, n, (size_t)atol(words[7]));
  else if (work == 'p') pingPong(&c, n);
  else if (work == 's') usleep((unsigned)n * 1000);
  else if (work == '?') {
    long total = 0;
    if (readSome(&c, (char *)&total, sizeof total) != sizeof total) fail("asking");
    printf("%ld\n", total);
  }
  fflush(stdout);
  _exit(0);
}
