// The relay one would write with the library `ws`: pauses by bufferedAmount and drain. What our own framing is
// measured against.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';

const HIGH_BYTES = 1 << 20;
const target = Number(process.argv[2]);
const server = createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  skipUTF8Validation: true,
  handleProtocols: () => 'binary',
});
sockets.on('connection', (ws) => {
  const tcp = connect({ host: '127.0.0.1', port: target, noDelay: true });
  tcp.on('data', (chunk) => {
    ws.send(chunk, { binary: true }, () => {
      if (ws.bufferedAmount < HIGH_BYTES / 2) tcp.resume();
    });
    if (ws.bufferedAmount >= HIGH_BYTES) tcp.pause();
  });
  ws.on('message', (chunk) => {
    if (tcp.write(chunk)) return;
    ws.pause();
    tcp.once('drain', () => ws.resume());
  });
  tcp.on('error', () => ws.terminate()).on('close', () => ws.close());
  ws.on('error', () => tcp.destroy()).on('close', () => tcp.destroy());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
