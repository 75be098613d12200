import type { JSX } from 'preact';
import type { ShownState } from './read-views.ts';

/** A shape per state, so that nobody depends on its colour. */
const shapes: Record<ShownState, { tone: string; label: string; shape: JSX.Element }> = {
  Running: {
    tone: 'good',
    label: 'Running',
    shape: (
      <>
        <circle cx="8" cy="8" r="7" class="fill" />
        <path d="M4.8 8.3l2.2 2.2 4.3-4.6" class="mark" />
      </>
    ),
  },
  Updating: {
    tone: 'busy',
    label: 'Updating',
    shape: (
      <>
        <circle cx="8" cy="8" r="6.2" class="line" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" class="fill" />
      </>
    ),
  },
  Waiting: {
    tone: 'wait',
    label: 'Waiting',
    shape: (
      <>
        <rect x="1.8" y="1.8" width="12.4" height="12.4" rx="3" class="line" />
        <path d="M6 5v6M10 5v6" class="stroke" />
      </>
    ),
  },
  Provisioned: { tone: 'calm', label: 'Provisioned', shape: <circle cx="8" cy="8" r="6" class="line" /> },
  Error: {
    tone: 'bad',
    label: 'Error',
    shape: (
      <>
        <path d="M8 .8L15.2 8 8 15.2.8 8z" class="fill" />
        <path d="M8 4.4v4.4M8 10.9v.6" class="mark" />
      </>
    ),
  },
  ShuttingDown: {
    tone: 'calm',
    label: 'Shutting down',
    shape: <path d="M2 4h12L8 14z" class="line" />,
  },
  Unknown: { tone: 'calm', label: 'Unknown', shape: <circle cx="8" cy="8" r="6" class="line dashed" /> },
};

export function StateBadge({ state, large = false }: { state: ShownState; large?: boolean }): JSX.Element {
  const { tone, label, shape } = shapes[state];
  return (
    <span class={`state ${tone}${large ? ' large' : ''}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        {shape}
      </svg>
      {label}
    </span>
  );
}
