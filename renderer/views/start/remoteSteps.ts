import type { RemoteMigrationOptions, RemoteMigrationRequest } from '../../../shared/model/transfer.ts';
import { formatRate } from '../../state/format.ts';

const arrows = (map: RemoteMigrationRequest['storages']) =>
  map.map(({ from, to }) => `${from === '*' ? 'all' : from} becomes ${to}`).join(', ');

/** What a migration to another cluster will do, in sentences, in the order it does it. */
export function remoteSteps(
  name: string,
  request: RemoteMigrationRequest,
  options: RemoteMigrationOptions,
  target: string,
): string[] {
  const { targetVmid, storages, bridges, isOnline, deletesSource, token, bridge, limitKibPerSecond } = request;
  const number = targetVmid ?? options.targetVmid;
  return [
    ...(token.kind === 'make'
      ? [`A token is made on ${target} for this migration, and removed when it is over.`]
      : [`The source signs in to ${target} with ${token.tokenId}.`]),
    options.targetFingerprint
      ? `The source accepts only the certificate of ${options.targetAddress} that you trust: ${options.targetFingerprint.slice(0, 23)}…`
      : `The source checks the certificate of ${options.targetAddress} with its own list of authorities.`,
    ...(bridge
      ? [
          `This computer listens on ${bridge.host} for ${
            bridge.allowedFrom.length > 0 ? bridge.allowedFrom.join(', ') : 'the nodes of the source'
          } only, and carries all of it. It has to stay on and awake.`,
        ]
      : ['The clusters talk to each other; this computer only watches and may be switched off.']),
    `All disks of ${name} are copied to ${target}, as guest ${number}. Storages: ${arrows(storages)}. Bridges: ${arrows(bridges)}.`,
    isOnline
      ? `${name} goes on running, stands still for a moment at the end and goes on there.`
      : options.isRunning
        ? `${name} is shut down first, or the server refuses.`
        : `${name} is off and stays off.`,
    deletesSource
      ? `${name} and its disks are removed here once it is whole there. This can’t be undone.`
      : `${name} stays here too, stopped and locked, until you remove or unlock it.`,
    ...(limitKibPerSecond === undefined ? [] : [`No more than ${formatRate(limitKibPerSecond * 1024)} is used.`]),
  ];
}
