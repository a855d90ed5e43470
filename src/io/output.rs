//! Output files: written as `<name>.part` beside their place and renamed when they are whole.
//! This module must not know what is written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Codec, WriteError, format_of};

/// Compression level of zstd: its own default.
const ZSTD_LEVEL: i32 = 3;
/// What is appended to the name of a file in the making.
const PART: &str = ".part";

/// A file in the making, compressed when its name says so. Unless [`OutputFile::commit`] is called, nothing is left.
pub struct OutputFile {
    /// Always there until `commit` takes it. Closed before the target is left: some systems rename no open file.
    writer: Option<Box<Packer>>,
    target: Target,
}

enum Packer {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl OutputFile {
    /// Starts a file; folders on the way to it are made.
    ///
    /// # Errors
    /// [`WriteError::Create`] when it cannot be made, [`WriteError::Taken`] when another run is making it.
    pub fn create(path: &Path) -> Result<OutputFile, WriteError> {
        let (target, file) = Target::create(path)?;
        let packer = Packer::new(BufWriter::new(file), format_of(path).codec);
        let packer = packer.map_err(|cause| WriteError::Create { path: path.to_owned(), cause })?;
        Ok(OutputFile { writer: Some(Box::new(packer)), target })
    }

    /// Finishes the file and puts it in its place.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full or the place cannot be taken.
    pub fn commit(mut self) -> Result<(), WriteError> {
        let finished = self.writer.take().map_or(Ok(()), |writer| writer.finish());
        finished.and_then(|()| self.target.take_place()).map_err(|cause| self.target.failed(cause))
    }

    /// Writes a part.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write_all(bytes).map_err(|cause| self.target.failed(cause))
    }
}

/// The place of a file in the making: its bytes go to `<name>.part` beside it, which takes the place when it is whole.
/// So a run that is killed leaves nothing that looks finished, and the next one begins the part anew.
pub(super) struct Target {
    path: PathBuf,
    /// Where the bytes go until the file is whole; none when they go straight to a device or a pipe.
    part: Option<PathBuf>,
}

impl Target {
    /// Makes the part; folders on the way to it are made.
    pub(super) fn create(path: &Path) -> Result<(Target, File), WriteError> {
        Self::start(path).map_err(|cause| match cause.kind() {
            io::ErrorKind::WouldBlock => WriteError::Taken { path: path.to_owned() },
            _ => WriteError::Create { path: path.to_owned(), cause },
        })
    }

    fn start(path: &Path) -> io::Result<(Target, File)> {
        // A link stays a link: what it points to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory")),
            Ok(metadata) if !metadata.is_file() => {
                let file = OpenOptions::new().write(true).open(&path)?;
                Ok((Target { path, part: None }, file))
            }
            _ => {
                let part = part_of(&path)?;
                let file = new_part(&part)?;
                Ok((Target { path, part: Some(part) }, file))
            }
        }
    }

    /// Puts the part, which has been closed, in the file's place.
    pub(super) fn take_place(&mut self) -> io::Result<()> {
        if let Some(part) = &self.part {
            fs::rename(part, &self.path)?;
        }
        self.part = None;
        Ok(())
    }

    pub(super) fn failed(&self, cause: io::Error) -> WriteError {
        WriteError::Write { path: self.path.clone(), cause }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            // Nobody is left to tell, and the file is not in anybody's way.
            let _ = fs::remove_file(part);
        }
    }
}

/// The name of the part of a file; the folder is made.
fn part_of(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    let mut name = name.to_owned();
    name.push(PART);
    Ok(folder.join(name))
}

/// A new part, locked against other runs. One that a dead run has left is removed.
fn new_part(path: &Path) -> io::Result<File> {
    let file = match File::create_new(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let left = OpenOptions::new().write(true).open(path)?;
            if matches!(left.try_lock(), Err(TryLockError::WouldBlock)) {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            drop(left);
            fs::remove_file(path)?;
            File::create_new(path)?
        }
        created => created?,
    };
    // Where files cannot be locked, two runs that write the same file are the user's affair.
    let _ = file.try_lock();
    Ok(file)
}

impl Packer {
    fn new(file: BufWriter<File>, codec: Option<Codec>) -> io::Result<Packer> {
        Ok(match codec {
            None => Packer::Plain(file),
            Some(Codec::Gzip) => Packer::Gzip(GzEncoder::new(file, Compression::default())),
            Some(Codec::Zstd) => Packer::Zstd(zstd::Encoder::new(file, ZSTD_LEVEL)?),
        })
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Packer::Plain(writer) => writer.write_all(bytes),
            Packer::Gzip(writer) => writer.write_all(bytes),
            Packer::Zstd(writer) => writer.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        let mut file = match self {
            Packer::Plain(file) => file,
            Packer::Gzip(writer) => writer.finish()?,
            Packer::Zstd(writer) => writer.finish()?,
        };
        file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::find;

    fn written(path: &Path) {
        let mut file = OutputFile::create(path).unwrap();
        file.write(b"a line\n").unwrap();
        file.commit().unwrap();
    }

    #[test]
    fn what_is_written_is_read_again_in_every_codec() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt", "deep/b.txt.gz", "c.txt.zst"] {
            let path = folder.path().join(name);
            written(&path);
            let input = find(&path).remove(0).unwrap();
            assert_eq!(input.open().unwrap().read(100).unwrap().unwrap(), b"a line\n", "{name}");
        }
    }

    #[test]
    fn a_file_that_is_not_finished_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let mut file = OutputFile::create(&path).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        written(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_part_that_was_left_is_begun_anew_and_one_at_work_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(folder.path().join("a.txt.part"), "half of a file that was killed").unwrap();
        written(&path);
        assert_eq!(fs::read(&path).unwrap(), b"a line\n");
        let at_work = OutputFile::create(&path).unwrap();
        let error = OutputFile::create(&path).err().unwrap().to_string();
        assert!(error.contains("another run is writing it"), "{error}");
        at_work.commit().unwrap();
        written(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn cut_off_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt.gz", "a.txt.zst"] {
            let path = folder.path().join(name);
            written(&path);
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
            let error = find(&path).remove(0).unwrap().open().unwrap().read(100).unwrap_err().to_string();
            assert!(error.contains("cut off or damaged"), "{error}");
        }
    }
}
