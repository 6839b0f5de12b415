import { Icon } from '../../widgets/Icon.tsx';
import { Select } from '../../widgets/Select.tsx';
import styles from './start.module.css';

interface MapChoice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** What of here becomes what of there, one line each. */
export function MapFields(props: {
  title: string;
  from: readonly string[];
  choices: readonly MapChoice[];
  map: Readonly<Record<string, string>>;
  onChange: (from: string, to: string) => void;
}) {
  const { title, from, choices, map, onChange } = props;
  return (
    <fieldset className={styles.set}>
      <legend className={styles.legend}>{title}</legend>
      <div className={styles.map}>
        {from.map((one) => (
          <MapLine key={one} from={one} choices={choices} value={map[one] ?? ''} onChange={(to) => onChange(one, to)} />
        ))}
      </div>
    </fieldset>
  );
}

function MapLine(props: {
  from: string;
  choices: readonly MapChoice[];
  value: string;
  onChange: (to: string) => void;
}) {
  const { from, choices, value, onChange } = props;
  return (
    <>
      <span className="cut">{from}</span>
      <Icon name="arrow" size={14} className="dim" />
      <Select label={`${from} becomes`} choices={choices} value={value} onChange={onChange} />
    </>
  );
}
