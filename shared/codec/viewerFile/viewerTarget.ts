import { AppError } from '../../base/errors.ts';
import { formatAddress, type HostPort } from '../../base/hostPort.ts';
import type { ViewerFile } from './viewerFile.ts';

/** Where a connection file leads, checked. */
export interface ViewerTarget {
  readonly protocol: 'spice' | 'vnc';
  /** A name, an address, or a ticket of the proxy. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly tlsPort?: number | undefined;
  readonly proxy?: HostPort | undefined;
  /** Of a Proxmox VE guest, where the host is a ticket (PVE wire facts 5.1). */
  readonly ticket?: { readonly vmid: number; readonly node: string } | undefined;
  /** For people. */
  readonly address: string;
  readonly isEncrypted: boolean;
}

const MAX_TITLE = 120;
const DEFAULT_PROXY_PORT = 3128;
const hostName = /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const ipV6 = /^[0-9A-Fa-f:]{2,39}(?:%[0-9A-Za-z]{1,15})?$/;
const ticketName = /^pvespiceproxy:[0-9A-Fa-f]{8}:(\d{1,9}):([A-Za-z0-9.-]{1,63})(?::\d{1,5})?::[0-9A-Fa-f]{40}$/;
const proxyUrl = /^http:\/\/(?:\[([0-9A-Fa-f:]{2,39})\]|([A-Za-z0-9._-]{1,253}))(?::(\d{1,5}))?\/?$/;

/** Throws `invalid` for a host, a proxy or a port that is none. What is not connected to is not looked at. */
export function readViewerTarget(file: ViewerFile): ViewerTarget {
  const { type: protocol, host, port, tlsPort } = file;
  const proxy = readProxy(file.proxy);
  const ticket = readTicket(host);
  if (ticket && !proxy) throw wrong('Its host is a ticket for a proxy, and it names none');
  if (!ticket && !isHost(host)) throw wrong('Its host is neither a name nor an address');
  if (protocol === 'vnc' && port === undefined) throw wrong('It names no port that VNC could use');
  if (protocol === 'vnc' && proxy) throw wrong('It leads a VNC screen through a proxy, which Sluice does not do');
  const isEncrypted = protocol === 'spice' && tlsPort !== undefined && port === undefined;
  const address = ticket
    ? `guest ${ticket.vmid} on ${ticket.node}`
    : formatAddress({ host, port: tlsPort ?? port ?? 0 });
  return { protocol, host, port, tlsPort, proxy, ticket, address, isEncrypted };
}

/** A title for people: one line, and no longer than a line is. */
export function readTitle({ title }: ViewerFile): string | undefined {
  const line = title?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line ? line.slice(0, MAX_TITLE) : undefined;
}

function readTicket(host: string): ViewerTarget['ticket'] {
  const match = ticketName.exec(host);
  return match ? { vmid: Number(match[1]), node: match[2] ?? '' } : undefined;
}

function readProxy(text: string | undefined): ViewerTarget['proxy'] {
  if (text === undefined || text === '') return undefined;
  const match = proxyUrl.exec(text);
  const port = match?.[3] === undefined ? DEFAULT_PROXY_PORT : Number(match[3]);
  const host = match?.[1] ?? match?.[2] ?? '';
  if (!match || port < 1 || port > 65_535) throw wrong('Its proxy is not of the form http://HOST:PORT');
  return { host, port };
}

const isHost = (host: string) => hostName.test(host) || (host.includes(':') && ipV6.test(host));

function wrong(what: string): AppError {
  return new AppError('invalid', `This connection file cannot be used. ${what}.`);
}
