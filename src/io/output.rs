//! Output files: written under a temporary name beside their place and renamed when they are whole.
//! This module must not know what is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Codec, WriteError, format_of};

/// Compression level of zstd: its own default.
const ZSTD_LEVEL: i32 = 3;

/// A file in the making, compressed when its name says so. Unless [`OutputFile::commit`] is called, nothing is left.
pub struct OutputFile {
    path: PathBuf,
    /// Where the bytes go until the file is whole; none when they go straight to a device or a pipe.
    temporary: Option<PathBuf>,
    /// Always there until `commit` takes it.
    writer: Option<Box<Packer>>,
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
    /// [`WriteError::Create`] when it cannot be made.
    pub fn create(path: &Path) -> Result<OutputFile, WriteError> {
        Self::start(path).map_err(|cause| WriteError::Create { path: path.to_owned(), cause })
    }

    fn start(path: &Path) -> io::Result<OutputFile> {
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (file, temporary) = match fs::metadata(&target) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
            }
            Ok(metadata) if !metadata.is_file() => (OpenOptions::new().write(true).open(&target)?, None),
            _ => {
                let temporary = temporary_name(&target)?;
                (File::create(&temporary)?, Some(temporary))
            }
        };
        let writer = Some(Box::new(Packer::new(BufWriter::new(file), format_of(path).codec)?));
        Ok(OutputFile { path: target, temporary, writer })
    }

    /// Finishes the file and puts it in its place.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full or the place cannot be taken.
    pub fn commit(mut self) -> Result<(), WriteError> {
        self.finish().map_err(|cause| WriteError::Write { path: self.path.clone(), cause })
    }

    fn finish(&mut self) -> io::Result<()> {
        if let Some(writer) = self.writer.take() {
            writer.finish()?;
        }
        match self.temporary.as_ref() {
            Some(temporary) => fs::rename(temporary, &self.path)?,
            None => return Ok(()),
        }
        self.temporary = None;
        Ok(())
    }

    /// Writes a part.
    ///
    /// # Errors
    /// [`WriteError::Write`] when the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write_all(bytes).map_err(|cause| WriteError::Write { path: self.path.clone(), cause })
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        self.writer = None;
        if let Some(temporary) = &self.temporary {
            // Nobody is left to tell, and the file is not in anybody's way.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// A name in the same folder that nobody else takes; the folder is made.
fn temporary_name(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    Ok(folder.join(format!(".{}.{}.part", name.to_string_lossy(), std::process::id())))
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
            assert_eq!(input.open().unwrap().read().unwrap(), b"a line\n", "{name}");
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
    fn cut_off_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.txt.gz", "a.txt.zst"] {
            let path = folder.path().join(name);
            written(&path);
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() - 3]).unwrap();
            let error = find(&path).remove(0).unwrap().open().unwrap().read().unwrap_err().to_string();
            assert!(error.contains("cut off or damaged"), "{error}");
        }
    }
}
