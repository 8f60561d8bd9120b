import { fractionDigits } from '../../platform/iso-4217.ts';

/**
 * An amount as English readers write it, with thousands separators: `$150,000`, `€1,234.50`, `¥500`. Whole amounts have no
 * decimals. One locale, so that every reader sees one text.
 */
export function amountInWords({ amountMinor, currency }: { readonly amountMinor: number; readonly currency: string }): string {
  const digits = fractionDigits(currency);
  const isWhole = BigInt(amountMinor) % 10n ** BigInt(digits) === 0n;
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, minimumFractionDigits: isWhole ? 0 : digits, maximumFractionDigits: isWhole ? 0 : digits });
  return format.format(inMajorUnits(amountMinor, digits));
}

/** As a decimal text, so that no digit of a large amount is lost. */
function inMajorUnits(amountMinor: number, digits: number): `${number}` {
  const sign = amountMinor < 0 ? '-' : '';
  const plain = BigInt(Math.abs(amountMinor)).toString().padStart(digits + 1, '0');
  return (digits === 0 ? `${sign}${plain}` : `${sign}${plain.slice(0, -digits)}.${plain.slice(-digits)}`) as `${number}`;
}
