import type { ComparedModel, FigureFragment, ModelFiguresFragment } from '../../generated/operations.ts';

/** A way to score by the name that people know. `version`: of the model in force. */
export function modelWords(model: ComparedModel, version: number): string {
  return { CANDIDATE: 'Candidate', PRODUCTION: `Version ${version}`, RECENCY: 'Recency', NOTHING: 'Nothing' }[model];
}

type Format = (value: number) => string;
/** A share of one as a whole percentage. */
export const percent: Format = (value) => `${Math.round(value * 100)} %`;
/** Hours as days. */
export const days: Format = (hours) => `${(hours / 24).toFixed(hours < 240 ? 1 : 0)} d`;
const times: Format = (value) => `${value.toFixed(1)}×`;
const three: Format = (value) => value.toFixed(3);

const columns: readonly { readonly name: string; readonly long: string; readonly of: (figures: ModelFiguresFragment) => FigureFragment; readonly format: Format; readonly isExtra?: true }[] = [
  { name: 'Precision', long: 'Flagged accounts that were won within the horizon', of: ({ precision }) => precision, format: percent },
  { name: 'Recall', long: 'Won accounts that were flagged before', of: ({ recall }) => recall, format: percent },
  { name: 'Lift', long: 'Precision over the base rate', of: ({ lift }) => lift, format: times },
  { name: 'Lead time', long: 'Mean time from the flag to the win', of: ({ meanLeadTimeHours }) => meanLeadTimeHours, format: days },
  { name: 'Brier score', long: 'Mean squared error of the score as a probability; 0 is best', of: ({ brier }) => brier, format: three, isExtra: true },
];

/** The figures of several ways to score side by side, each with its 95 % interval. `isBrief`: without those that a decision does not turn on. */
export function FigureTable({ models, version, isBrief = false }: { models: readonly ModelFiguresFragment[]; version: number; isBrief?: boolean }) {
  const shown = columns.filter(({ isExtra }) => !isBrief || !isExtra);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Figures of the models">
      <table className="figure-table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            {!isBrief && <th scope="col">Flagged</th>}
            {shown.map(({ name, long }) => (
              <th scope="col" key={name} title={long}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {models.map((figures) => (
            <tr key={figures.model} data-model={figures.model}>
              <th scope="row">{modelWords(figures.model, version)}</th>
              {!isBrief && <td>{figures.flagged}</td>}
              {shown.map(({ name, of, format }) => (
                <td key={name}>
                  <Figure figure={of(figures)} format={format} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Figure({ figure: { value, low, high }, format }: { figure: FigureFragment; format: Format }) {
  if (value === null) return <span className="quiet">–</span>;
  return (
    <>
      {format(value)}
      {low !== null && high !== null && (
        <span className="quiet">
          {format(low)} to {format(high)}
        </span>
      )}
    </>
  );
}
