import type { BridgeRequest, RemoteMigrationOptions } from '../../../shared/model/transfer.ts';
import { Check, Field } from '../../widgets/Field.tsx';
import styles from './start.module.css';

export interface BridgeForm {
  readonly host: string;
  readonly port: string;
  readonly allowedFrom: string;
}

export const firstBridge = ({ localHosts }: RemoteMigrationOptions): BridgeForm => ({
  host: localHosts[0] ?? '',
  port: '',
  allowedFrom: '',
});

/** Undefined where something in it is no address or port. */
export function bridgeOf({ host, port, allowedFrom }: BridgeForm): BridgeRequest | undefined {
  const number = port.trim() === '' ? 0 : Number(port);
  const sources = allowedFrom.split(/[\s,]+/).filter(Boolean);
  if (host.trim() === '' || !Number.isInteger(number) || number < 0 || number > 65_535) return undefined;
  return { listenHost: host.trim(), host: host.trim(), port: number, allowedFrom: sources };
}

/** This machine in between, where the clusters cannot reach each other. It opens a port to others, so it is asked for. */
export function BridgeFields(props: {
  value: BridgeForm | undefined;
  options: RemoteMigrationOptions;
  first: () => BridgeForm;
  onChange: (value: BridgeForm | undefined) => void;
}) {
  const { value, options, first, onChange } = props;
  const change = (part: Partial<BridgeForm>) => value && onChange({ ...value, ...part });
  return (
    <>
      <Check
        label={`Through this computer: the source does not reach ${options.targetAddress}`}
        isOn={value !== undefined}
        onChange={(isOn) => onChange(isOn ? first() : undefined)}
      />
      {value && (
        <>
          <p className="dim">
            This computer listens on the address below while the migration runs, for the addresses below and nobody
            else, and carries what comes to {options.targetAddress}. It stays encrypted from cluster to cluster.
          </p>
          <div className={styles.pair}>
            <Field
              label="Address of this computer, as the source sees it"
              list="bridge-hosts"
              value={value.host}
              onChange={(event) => change({ host: event.target.value })}
            />
            <datalist id="bridge-hosts">
              {options.localHosts.map((host) => (
                <option key={host} value={host} />
              ))}
            </datalist>
            <Field
              label="Port"
              inputMode="numeric"
              placeholder="any free one"
              value={value.port}
              onChange={(event) => change({ port: event.target.value })}
            />
          </div>
          <Field
            label="Who may connect"
            placeholder="the nodes of the source cluster"
            value={value.allowedFrom}
            onChange={(event) => change({ allowedFrom: event.target.value })}
            hint="Addresses, parted by commas."
          />
        </>
      )}
    </>
  );
}
