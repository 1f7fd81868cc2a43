/** Numbers and text as a terminal shows them, in every time zone and locale alike. */
import type { Usage } from '../../agent/model';

/** `6 ms`, `1.25 s`, `12.3 s`, `2 m 05 s`, `3 h 12 m`, `4 d 2 h`. */
export function formatDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 9_995) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${pad(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${pad(minutes % 60)} m`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `1,234`; from 100,000 on `123 k`, from a million on `1.2 M`. */
export function formatCount(value: number): string {
  if (value >= 999_500) return `${(value / 1_000_000).toFixed(1)} M`;
  if (value >= 100_000) return `${Math.round(value / 1_000)} k`;
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const kibibytes = bytes / 1_024;
  return kibibytes < 1_023.95
    ? `${kibibytes.toFixed(1)} KiB`
    : `${(kibibytes / 1_024).toFixed(1)} MiB`;
}

/** Tokens in, tokens out. */
export function formatTokens({ inputTokens, outputTokens }: Usage): string {
  return `${formatCount(inputTokens)} → ${formatCount(outputTokens)}`;
}

/** `$0`, `$0.0000123`, `$0.0421`, `$12.30`: three digits that count, and never less than cents. */
export function formatCost(costUsd: number): string {
  if (costUsd === 0) return '$0';
  const digits = 2 - Math.floor(Math.log10(costUsd));
  return `$${costUsd.toFixed(Math.min(Math.max(digits, 2), 12))}`;
}

/** `1 turn`, `2 turns`. */
export function counted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
