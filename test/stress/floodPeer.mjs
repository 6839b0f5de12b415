// A process with the two ends of stalled streams: a server that floods (or, asked with an `e`, echoes), and clients
// that never read. It prints its port,
// is told the relay's on its standard input, connects and prints `done`.
import { connect, createServer } from 'node:net';

const streams = Number(process.argv[2]);
const host = '127.0.0.1';
const chunk = Buffer.alloc(256 << 10, 1);

const server = createServer((socket) => {
  const flood = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('error', () => {});
  socket.once('data', (first) => {
    if (first[0] === 0x65) {
      socket.write(first);
      socket.pipe(socket);
    } else {
      socket.on('drain', flood);
      flood();
    }
  });
});
server.listen(0, host, () => console.log(server.address().port));

process.stdin.on('data', async (text) => {
  for (let n = 0; n < streams; n += 1) {
    const socket = connect({ host, port: Number(text) }).on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('f');
    socket.pause();
  }
  console.log('done');
});
