"""One archive with the database and the uploaded files, verified when it is made, and tried out by a drill.

`archive` is the file and its checksums, `database` calls pg_dump and pg_restore and takes fingerprints of tables,
`work` puts them together. Master keys are never in an archive: they are kept elsewhere (docs/operations.md).
"""

from happyhome.backup.archive import Archive, ArchiveDamaged
from happyhome.backup.database import ToolFailed
from happyhome.backup.work import Drill, drill, make_backup, restore

__all__ = ["Archive", "ArchiveDamaged", "Drill", "ToolFailed", "drill", "make_backup", "restore"]
