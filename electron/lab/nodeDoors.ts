import type { HttpApp, RequestRecord } from './http/app.ts';
import { HttpServer } from './http/httpServer.ts';
import type { LabServices } from './services.ts';

const TRIES = 20; // of ports that are free on the first address and taken on another

/** A node as the network sees it: its own address, certificate and connections. */
export interface NodeDoor {
  readonly node: string;
  /** `127.0.0.2:41234` */
  readonly address: string;
  readonly fingerprint: string;
  /** Newest last. */
  readonly requests: readonly RequestRecord[];
  readonly openConnections: number;
  /** Nobody gets in any more and everybody is cut, as when a node loses its power. */
  stop(): Promise<void>;
  /** Takes connections and never says a word, not even of TLS. */
  fallSilent(isSilent: boolean): void;
  killConnections(): number;
  /** A new certificate that the cluster's authority did not sign. */
  replaceCertificate(): string;
}

export class NodeServer implements NodeDoor {
  readonly node: string;
  readonly address: string;
  readonly server: HttpServer;
  readonly #services: LabServices;

  constructor(services: LabServices, node: string, address: string, server: HttpServer) {
    this.#services = services;
    this.node = node;
    this.address = address;
    this.server = server;
  }

  get fingerprint(): string {
    return this.#services.certificates.of(this.node).fingerprint;
  }

  get requests(): readonly RequestRecord[] {
    return this.server.records;
  }

  get openConnections(): number {
    return this.server.openSockets;
  }

  async stop(): Promise<void> {
    await this.server.stopListening();
    this.server.killConnections(false);
  }

  fallSilent(isSilent: boolean): void {
    this.server.fallSilent(isSilent);
  }

  killConnections(): number {
    return this.server.killConnections(false);
  }

  replaceCertificate(): string {
    const issued = this.#services.certificates.replaceOf(this.node);
    this.server.replaceIdentity(issued);
    return issued.fingerprint;
  }
}

/**
 * The first node on 127.0.0.1; with `ownAddresses` the others on 127.0.0.2 and so on, at the same port, as every node
 * of a real cluster answers on 8006. Only Linux has all of 127.0.0.0/8.
 */
export async function openNodes(
  services: LabServices,
  app: HttpApp,
  options: { readonly port: number; readonly ownAddresses: boolean },
): Promise<readonly NodeServer[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await openOnce(services, app, options);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || options.port !== 0 || !options.ownAddresses || tries === TRIES) throw error;
    }
  }
}

async function openOnce(
  services: LabServices,
  app: HttpApp,
  { port, ownAddresses }: { readonly port: number; readonly ownAddresses: boolean },
): Promise<readonly NodeServer[]> {
  const { cluster, quirks, clock, certificates } = services;
  const opened: NodeServer[] = [];
  let common = port;
  try {
    for (const [index, node] of cluster.nodes.slice(0, ownAddresses ? undefined : 1).entries()) {
      const host = `127.0.0.${index + 1}`;
      if (ownAddresses) node.ip = host;
      const server = new HttpServer({ app, quirks, clock, node: node.name, identity: certificates.of(node.name) });
      common = await server.listen(common, host);
      opened.push(new NodeServer(services, node.name, `${host}:${common}`, server));
    }
    return opened;
  } catch (error) {
    await Promise.all(opened.map(({ server }) => server.close()));
    throw error;
  }
}
