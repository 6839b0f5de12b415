import { X509Certificate } from 'node:crypto';

import type { LabNode } from '../../cluster/model.ts';
import { nodeUsage } from '../../cluster/usage.ts';
import type { LabServices } from '../../services.ts';
import type { Route } from '../route.ts';

const nodeRow = (services: LabServices, node: LabNode): Record<string, unknown> => {
  const base = {
    node: node.name,
    type: 'node',
    id: `node/${node.name}`,
    ssl_fingerprint: services.certificates.of(node.name).fingerprint,
  };
  if (!node.isOnline) return { ...base, status: 'offline' };
  const usage = nodeUsage(node, services.cluster.guests.values(), services.clock.wallMs());
  return {
    ...base,
    status: 'online',
    level: '',
    cpu: usage.cpu,
    maxcpu: node.cores,
    mem: usage.memoryBytes,
    maxmem: node.memoryBytes,
    disk: Math.floor(node.diskBytes * 0.22),
    maxdisk: node.diskBytes,
    uptime: usage.uptimeS,
  };
};

const nodeStatus = (services: LabServices, name: string): Record<string, unknown> => {
  const node = services.cluster.node(name);
  const usage = nodeUsage(node, services.cluster.guests.values(), services.clock.wallMs());
  const used = usage.memoryBytes;
  return {
    cpu: usage.cpu,
    wait: 0.002,
    uptime: usage.uptimeS,
    loadavg: [usage.cpu * node.cores, usage.cpu * node.cores * 0.9, usage.cpu * node.cores * 0.8].map((load) =>
      load.toFixed(2),
    ),
    cpuinfo: { cpus: node.cores, cores: node.cores / 2, sockets: 1, model: 'Lab CPU', mhz: '2600.000' },
    memory: { total: node.memoryBytes, used, free: node.memoryBytes - used },
    rootfs: {
      total: node.diskBytes,
      used: Math.floor(node.diskBytes * 0.22),
      avail: Math.floor(node.diskBytes * 0.78),
    },
    pveversion: `pve-manager/${services.version.version}/${services.cluster.repoId}`,
    kversion: 'Linux 6.14.11-2-pve #1 SMP PREEMPT_DYNAMIC',
  };
};

const certificateInfo = (filename: string, certificatePem: string): Record<string, unknown> => {
  const certificate = new X509Certificate(certificatePem);
  return {
    filename,
    fingerprint: certificate.fingerprint256,
    subject: certificate.subject
      .split('\n')
      .map((part) => `/${part}`)
      .join(''),
    issuer: certificate.issuer
      .split('\n')
      .map((part) => `/${part}`)
      .join(''),
    san: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter(Boolean)
      .map((name) => name.replace(/^(?:DNS|IP Address):/, '')),
    notbefore: Math.floor(Date.parse(certificate.validFrom) / 1000),
    notafter: Math.floor(Date.parse(certificate.validTo) / 1000),
    pem: certificatePem,
  };
};

export const nodeRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/nodes',
    handle: ({ services }) => services.cluster.nodes.map((node) => nodeRow(services, node)),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/status',
    handle: (call) => {
      call.need(`/nodes/${call.params.text('node')}`, 'Sys.Audit');
      return nodeStatus(call.services, call.params.text('node'));
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/version',
    handle: ({ services, params }) => {
      services.cluster.node(params.text('node'));
      return { ...services.version, repoid: services.cluster.repoId };
    },
  },
  {
    method: 'GET',
    path: '/nodes/{node}/certificates/info',
    handle: ({ services, params }) => {
      services.cluster.node(params.text('node'));
      return [
        certificateInfo('pve-root-ca.pem', services.certificates.caPem),
        certificateInfo('pve-ssl.pem', services.certificates.of(params.text('node')).certificatePem),
      ];
    },
  },
];
