import { Select as Base } from '@base-ui/react/select';
import { useId } from 'react';

import fieldStyles from './Field.module.css';
import { Icon } from './Icon.tsx';
import { usePortalHome } from './portalHome.ts';
import styles from './Select.module.css';

interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** A choice of many, in a popup. */
export function Select<T extends string>(props: {
  label: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
  isOff?: boolean;
}) {
  const { label, choices, value, onChange, isOff = false } = props;
  const id = useId();
  const items = choices.map(({ value, label }) => ({ value, label }));
  return (
    <div className={fieldStyles.field}>
      <span id={id} className={fieldStyles.label}>
        {label}
      </span>
      <Base.Root items={items} value={value} onValueChange={(next) => next !== null && onChange(next)} disabled={isOff}>
        <Base.Trigger className={styles.trigger ?? ''} aria-labelledby={id}>
          <Base.Value className="grow cut" />
          <Icon name="down" size={14} className="dim" />
        </Base.Trigger>
        <Base.Portal {...usePortalHome()}>
          <Base.Positioner sideOffset={4} alignItemWithTrigger={false} className={styles.positioner ?? ''}>
            <Base.Popup className={styles.popup ?? ''}>
              <Base.List>
                {choices.map((choice) => (
                  <Base.Item key={choice.value} value={choice.value} className={styles.item ?? ''}>
                    <span className={styles.mark}>
                      <Base.ItemIndicator>
                        <Icon name="check" size={14} />
                      </Base.ItemIndicator>
                    </span>
                    <Base.ItemText className="grow cut">{choice.label}</Base.ItemText>
                    {choice.hint && <span className="dim">{choice.hint}</span>}
                  </Base.Item>
                ))}
              </Base.List>
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </div>
  );
}
