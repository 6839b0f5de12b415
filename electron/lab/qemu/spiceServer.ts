import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** The certificate a guest's SPICE server shows: its node's, of the cluster's authority (PVE wire facts 5.3). */
export interface SpiceIdentity {
  readonly caPem: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface SpiceServer {
  readonly identity: SpiceIdentity;
  readonly tlsPort: number;
}

const FIRST_PORT = 61_000; // the range Proxmox VE uses (PVE wire facts 5.1)
const PORTS = 1_000;
const TRIES = 50;
const USB_DEVICES = 2; // as many as a viewer may hand over

/** A port of the range that nobody listens on now. Somebody else may take it the moment after. */
export async function freeSpicePort(): Promise<number> {
  for (let turn = 0; turn < TRIES; turn += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port of ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Certificate files where QEMU looks for them. The folder is private. */
export function writeSpiceFiles(folder: string, { caPem, certificatePem, keyPem }: SpiceIdentity): void {
  const files = { 'ca-cert.pem': caPem, 'server-cert.pem': certificatePem, 'server-key.pem': keyPem };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
}

/**
 * SPICE as Proxmox VE starts it: TLS on loopback only, a password set later, USB redirection, and an agent port for
 * clipboard and size. Without a password nobody gets in.
 */
export function spiceArguments(folder: string, { tlsPort }: SpiceServer): string[] {
  const usb = Array.from({ length: USB_DEVICES }, (_, i) => [
    ...['-chardev', `spicevmc,id=usbredir${i},name=usbredir`],
    ...['-device', `usb-redir,chardev=usbredir${i},id=usbredirdev${i},bus=usb.0`],
  ]);
  return [
    ...['-spice', `tls-port=${tlsPort},addr=127.0.0.1,x509-dir=${folder},seamless-migration=on`],
    ...['-device', 'qemu-xhci,id=usb', ...usb.flat()],
    ...['-device', 'virtio-serial,id=spice'],
    ...['-chardev', 'spicevmc,id=vdagent,name=vdagent'],
    ...['-device', 'virtserialport,chardev=vdagent,name=com.redhat.spice.0'],
  ];
}
