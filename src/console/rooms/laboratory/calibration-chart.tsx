import type { ComparedModel, ReportOfRunQuery } from '../../generated/operations.ts';
import { modelWords, percent } from './figures.tsx';

type Bin = NonNullable<NonNullable<ReportOfRunQuery['experimentRun']>['metrics']>['models'][number]['calibration'][number];
const [width, height, left, bottom, top, right] = [420, 300, 46, 40, 10, 12];
const x = (share: number): number => left + share * (width - left - right);
const y = (share: number): number => height - bottom - share * (height - bottom - top);
const ticks = [0, 0.25, 0.5, 0.75, 1];

/** What was predicted against what came: on the diagonal, a score of 60 is followed by a win in 60 of 100 cases. */
export function CalibrationChart({ models, version }: { models: readonly { readonly model: ComparedModel; readonly calibration: readonly Bin[] }[]; version: number }) {
  const shown = models.filter(({ model }) => model === 'CANDIDATE' || model === 'PRODUCTION');
  const most = Math.max(1, ...shown.flatMap(({ calibration }) => calibration.map(({ samples }) => samples)));
  return (
    <figure className="calibration">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`Calibration of ${shown.map(({ model }) => modelWords(model, version)).join(' and ')}. The table below has the numbers.`}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="grid" x1={x(tick)} x2={x(tick)} y1={y(0)} y2={y(1)} />
            <line className="grid" x1={x(0)} x2={x(1)} y1={y(tick)} y2={y(tick)} />
            <text x={x(tick)} y={y(0) + 16} textAnchor="middle">
              {tick * 100}
            </text>
            <text x={x(0) - 6} y={y(tick) + 4} textAnchor="end">
              {tick * 100}
            </text>
          </g>
        ))}
        <line className="ideal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
        {shown.map(({ model, calibration }) => {
          const points = calibration.flatMap(({ predicted, observed, samples }) => (predicted === null || observed === null ? [] : [{ cx: x(predicted), cy: y(observed), r: 3 + 7 * Math.sqrt(samples / most) }]));
          return (
            <g key={model} className="series" data-model={model}>
              <polyline points={points.map(({ cx, cy }) => `${cx},${cy}`).join(' ')} />
              {points.map((point) => (
                <circle key={point.cx} {...point} />
              ))}
            </g>
          );
        })}
        <text x={x(0.5)} y={height - 6} textAnchor="middle">
          Score, read as a probability in per cent
        </text>
        <text transform={`translate(11 ${y(0.5)}) rotate(-90)`} textAnchor="middle">
          Won within the horizon, %
        </text>
      </svg>
      <figcaption>
        {shown.map(({ model }) => (
          <span key={model} className="key" data-model={model}>
            {modelWords(model, version)}
          </span>
        ))}
        <span className="quiet">Dashed: perfect calibration. A larger dot stands for more weekly samples.</span>
      </figcaption>
      <details>
        <summary>The numbers</summary>
        <table className="figure-table">
          <thead>
            <tr>
              <th scope="col">Scores</th>
              {shown.map(({ model }) => (
                <th scope="col" key={model}>
                  {modelWords(model, version)}: won of samples
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(shown[0]?.calibration ?? []).map(({ from, to }, place) => (
              <tr key={from}>
                <th scope="row">
                  {Math.round(from * 100)} to {Math.round(to * 100)}
                </th>
                {shown.map(({ model, calibration }) => {
                  const bin = calibration[place];
                  return <td key={model}>{bin?.observed === null || bin === undefined ? '–' : `${percent(bin.observed)} of ${bin.samples}`}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
