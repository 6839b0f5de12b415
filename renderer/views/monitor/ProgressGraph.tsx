import 'uplot/dist/uPlot.min.css';

import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';

import type { Task, TaskSample } from '../../../shared/model/task.ts';
import { formatBytes, formatFullTime, formatRate } from '../../state/format.ts';
import { useSettings } from '../../state/settings.ts';
import { type GraphData, graphData } from './graphData.ts';
import styles from './ProgressGraph.module.css';

const HEIGHT_PX = 132;
/** A curve of fewer points says nothing. */
const FEWEST = 3;

interface Values {
  readonly atMs: number;
  readonly rate: number | undefined;
  readonly dirty: number | undefined;
  readonly left: number | undefined;
}

/** Rate, dirty rate and what remains over time; amber where the guest writes faster than the link carries. */
export default function ProgressGraph(props: GraphProps) {
  return <Graph key={useTheme()} {...props} />;
}

interface GraphProps {
  readonly samples: readonly TaskSample[];
  readonly task: Task;
}

function Graph({ samples, task }: GraphProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [hovered, setHovered] = useState<Values | undefined>(undefined);
  const data = graphData(samples, task.state === 'running' ? task.progress?.etaSeconds : undefined);
  const latest = useRef(data);
  latest.current = data;
  const isShown = samples.length >= FEWEST;
  const { hasDirty, hasLeft } = data;

  useEffect(() => {
    const element = host.current;
    if (!isShown || !element) return undefined;
    const made = new uPlot(
      optionsFor(element, { hasDirty, hasLeft }, (index) => setHovered(index === null ? undefined : valuesAt(index))),
      latest.current.columns,
      element,
    );
    const valuesAt = (index: number): Values => {
      const [times, rates, dirty, left] = made.data;
      return {
        atMs: (times[index] ?? 0) * 1000,
        rate: rates?.[index] ?? undefined,
        dirty: dirty?.[index] ?? undefined,
        left: left?.[index] ?? undefined,
      };
    };
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.current = undefined;
      made.destroy();
    };
  }, [isShown, hasDirty, hasLeft]);
  useEffect(() => plot.current?.setData(data.columns));

  if (!isShown) return null;
  const last = samples.at(-1);
  const shown: Values = hovered ?? {
    atMs: last?.atMs ?? 0,
    rate: last?.bytesPerSecond,
    dirty: last?.dirtyBytesPerSecond,
    left: last?.remainingBytes,
  };
  return (
    <figure className={styles.graph}>
      <figcaption className={styles.legend}>
        <span>{hovered ? formatFullTime(shown.atMs) : 'now'}</span>
        {shown.rate !== undefined && <Key look="rate" text={`rate ${formatRate(shown.rate)}`} />}
        {shown.dirty !== undefined && <Key look="dirty" text={`dirty rate ${formatRate(shown.dirty)}`} />}
        {shown.left !== undefined && <Key look="left" text={`${formatBytes(shown.left)} to do`} />}
      </figcaption>
      <div ref={host} className={styles.plot} role="img" aria-label={summary(samples)} />
    </figure>
  );
}

const Key = ({ look, text }: { look: 'rate' | 'dirty' | 'left'; text: string }) => (
  <span className={styles.key}>
    <i className={styles[look]} aria-hidden="true" />
    {text}
  </span>
);

function summary(samples: readonly TaskSample[]): string {
  const rates = samples.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []);
  const last = samples.at(-1);
  if (rates.length === 0) return 'Progress over time.';
  const range = `between ${formatRate(Math.min(...rates))} and ${formatRate(Math.max(...rates))}`;
  const dirty =
    last?.dirtyBytesPerSecond === undefined ? '' : ` The guest writes ${formatRate(last.dirtyBytesPerSecond)}.`;
  const left = last?.remainingBytes === undefined ? '' : ` ${formatBytes(last.remainingBytes)} remain.`;
  return `Rate over time, ${range}, now ${formatRate(last?.bytesPerSecond ?? 0)}.${dirty}${left}`;
}

/** Changes when the colours do: the canvas has to be painted anew. */
function useTheme(): string {
  const theme = useSettings((settings) => settings.theme);
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return `${theme} ${isDark}`;
}

type Shape = Pick<GraphData, 'hasDirty' | 'hasLeft'>;

function optionsFor(element: HTMLElement, shape: Shape, onCursor: (index: number | null) => void): uPlot.Options {
  const color = colors(element);
  const axis = {
    stroke: color('--text-3'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: `10px ${getComputedStyle(element).fontFamily}`,
    gap: 4,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, points: { size: 5 }, drag: { setScale: false } },
    scales: { x: { time: true }, rate: { range: fromZero }, left: { range: fromZero } },
    axes: [
      { ...axis, size: 18, space: 64, values: (_plot, splits) => splits.map((at) => formatFullTime(at * 1000)) },
      {
        ...axis,
        scale: 'rate',
        size: 58,
        space: 34,
        incrs: byteSteps,
        values: (_plot, splits) => splits.map(formatRate),
      },
      {
        ...axis,
        ...{ scale: 'left', side: 1, size: shape.hasLeft ? 52 : 8, space: 34, incrs: byteSteps, grid: { show: false } },
        values: (_plot, splits) => (shape.hasLeft ? splits.map(formatBytes) : splits.map(() => '')),
      },
    ],
    series: [
      {},
      { scale: 'rate', stroke: color('--accent'), width: 1.5, fill: color('--accent-soft'), points: { show: false } },
      { scale: 'rate', stroke: color('--warn'), width: 1.5, points: { show: false }, show: shape.hasDirty },
      { scale: 'left', stroke: color('--text-2'), width: 1.5, points: { show: false }, show: shape.hasLeft },
      { scale: 'left', stroke: color('--text-3'), width: 1.5, dash: [4, 4], points: { show: false }, spanGaps: true },
    ],
    bands: [{ series: [2, 1], fill: color('--warn-soft'), dir: -1 }],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

/** Round numbers of every unit of bytes. */
const byteSteps = Array.from({ length: 5 }, (_, unit) =>
  [1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * 1024 ** unit),
).flat();

const fromZero: uPlot.Scale.Range = (_plot, _min, max) => [0, Math.max(1, max ?? 1) * 1.1];

/** A token's colour as the canvas understands it: `light-dark()` and `color-mix()` resolved by the browser. */
function colors(element: HTMLElement): (token: string) => string {
  const probe = document.createElement('span');
  element.append(probe);
  const found = new Map<string, string>();
  for (const token of ['--accent', '--accent-soft', '--warn', '--warn-soft', '--text-2', '--text-3', '--line']) {
    probe.style.color = `var(${token})`;
    found.set(token, getComputedStyle(probe).color);
  }
  probe.remove();
  return (token) => found.get(token) ?? '#888';
}
