import { useId } from 'react';

/** The icon: high water held on the left, a cream gate, a measured stream on the right. */
export function Brand({ sizePx, radius = 216 }: { sizePx: number; radius?: number }) {
  const id = useId();
  const url = (name: string) => `url(#${id}${name})`;
  return (
    <svg width={sizePx} height={sizePx} viewBox="32 32 960 960" aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id={`${id}bg`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#1B4D58" />
          <stop offset="1" stopColor="#0A2A33" />
        </linearGradient>
        <linearGradient id={`${id}hi`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="#7FDCE6" />
          <stop offset="1" stopColor="#2C93A3" />
        </linearGradient>
        <linearGradient id={`${id}gt`} x1="0" y1="0" x2="1" y2="0">
          <stop offset="0" stopColor="#FFFBF3" />
          <stop offset="1" stopColor="#E6D9C3" />
        </linearGradient>
        <clipPath id={`${id}cl`}>
          <rect x="32" y="32" width="960" height="960" rx={radius} />
        </clipPath>
      </defs>
      <g clipPath={url('cl')}>
        <rect x="32" y="32" width="960" height="960" fill={url('bg')} />
        <path fill="#041A20" opacity=".34" d="M388 32h248v960H388z" />
        <path
          fill={url('hi')}
          d="M32 372c60-34 120-34 180 0s120 34 180 0c14-8 26-14 40-18v300h160v46c52 8 80 62 140 68 72 6 96-38 164-38 44 0 72 12 96 24v232H32z"
        />
        <path
          fill="none"
          stroke="#D8FAFB"
          strokeOpacity=".75"
          strokeWidth="16"
          d="M32 372c60-34 120-34 180 0s120 34 180 0c14-8 26-14 40-18M592 700c52 8 80 68 140 74 72 6 96-38 164-38 44 0 72 12 96 24"
        />
        <path fill="#062028" opacity=".17" d="M32 872h960v120H32z" />
        <path fill={url('gt')} d="M424 32h176v642a40 40 0 0 1-40 40h-96a40 40 0 0 1-40-40z" />
        <path stroke="#4A3A1E" strokeOpacity=".17" strokeWidth="20" d="M424 240h176M424 476h176" />
      </g>
    </svg>
  );
}
