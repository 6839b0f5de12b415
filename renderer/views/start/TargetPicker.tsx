import { useId } from 'react';

import styles from './start.module.css';

export interface TargetChoice {
  readonly node: string;
  readonly isAllowed: boolean;
  readonly reason?: string | undefined;
  readonly hint?: string | undefined;
}

/** Nodes to choose from. One that can't be chosen says why. */
export function TargetPicker(props: {
  targets: readonly TargetChoice[];
  value: string | undefined;
  onChange: (node: string) => void;
}) {
  const { targets, value, onChange } = props;
  const name = useId();
  return (
    <fieldset className={styles.set}>
      <legend className={styles.legend}>Target node</legend>
      <div className={styles.targets}>
        {targets.map(({ node, isAllowed, reason, hint }) => (
          <label key={node}>
            <input
              type="radio"
              name={name}
              checked={node === value}
              disabled={!isAllowed}
              onChange={() => onChange(node)}
            />
            <span className="cut">{node}</span>
            <span className="dim">{hint}</span>
            {reason && <small>{reason}</small>}
          </label>
        ))}
        {targets.length === 0 && <p className="dim">This cluster has no other node.</p>}
      </div>
    </fieldset>
  );
}
