/**
 * What a backend can do beyond the laws, declared once. The zero value is the least capable, so a new capability is
 * off until a backend says otherwise. A call that needs a missing capability is refused with `unsupported`; it is
 * never answered with a narrower result.
 */
export interface Capabilities {
  /** Several processes may open the same database at once. */
  sharedBetweenProcesses: boolean
  /** The database itself refuses UPDATE and DELETE on audit entries, as found when it was opened. */
  auditImmutable: boolean
  /** Shapes of audit entries are readable as views with typed columns. */
  auditViews: boolean
  /** A day of traces can be dropped whole, and the disk comes back. */
  dropsDays: boolean
  /** Who watches approvals hears at once of those that another process decides; elsewhere only of those of its own. */
  notifies: boolean
}

export const LEAST_CAPABLE: Capabilities = {
  sharedBetweenProcesses: false,
  auditImmutable: false,
  auditViews: false,
  dropsDays: false,
  notifies: false,
}
