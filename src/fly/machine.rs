//! What Fly would run: the size of the machines of each process group.
//!
//! Follows `computeToGuest` and `ComputeForGroup` of flyctl (`internal/appconfig`), and the presets and limits
//! of fly-go (`machine_types.go`), <https://github.com/superfly/fly-go>.

use super::model::{Config, Spot, Vm};
use super::size::{Memory, SizeError};

/// A machine as it would run.
#[derive(Debug, Clone, PartialEq)]
pub struct Guest {
    /// `shared` or `performance`; anything else is an error of the file.
    pub cpu_kind: String,
    /// Virtual CPUs.
    pub cpus: i64,
    /// Memory.
    pub memory: Memory,
    /// What decided the memory.
    pub decided: Decided,
}

/// What decided the memory of a machine.
#[derive(Debug, Clone, PartialEq)]
pub enum Decided {
    /// `memory_mb`.
    MemoryMb(Spot<i64>),
    /// `memory`.
    Memory(Spot<String>),
    /// The preset of this `size`, or of the default size when the file names none.
    Preset {
        /// The size.
        size: String,
        /// Whether the file names it.
        written: bool,
    },
}

/// Why flyctl would refuse a `[[vm]]`.
#[derive(Debug, Clone, PartialEq)]
pub enum GuestError {
    /// No such `size`.
    Size(Spot<String>),
    /// `memory` cannot be read.
    Memory(Spot<String>, SizeError),
}

impl Config {
    /// The `[[vm]]` that holds for a group: the last that names it, else the first that names none. None:
    /// a deploy keeps the size the machines have, and new ones get [`DEFAULT_SIZE`].
    #[must_use]
    pub fn vm_for(&self, group: &str) -> Option<&Vm> {
        let names = |vm: &&Vm| vm.processes.iter().any(|name| name.value == group);
        self.vms.iter().rfind(names).or_else(|| {
            self.vms
                .iter()
                .find(|vm| vm.processes.is_empty() || self.applies(&vm.processes, group))
        })
    }

    /// The machine of a group.
    ///
    /// # Errors
    /// When flyctl would refuse the `[[vm]]` that holds for it.
    pub fn guest(&self, group: &str) -> Result<Option<Guest>, GuestError> {
        self.vm_for(group).map(Vm::guest).transpose()
    }
}

impl Vm {
    /// The machine this section describes: a preset, over which `memory`, then every field that is not zero.
    ///
    /// # Errors
    /// When flyctl would refuse it.
    pub fn guest(&self) -> Result<Guest, GuestError> {
        let size = match (&self.size, &self.gpu_kind) {
            (Some(size), _) => size.value.as_str(),
            (None, Some(_)) => DEFAULT_GPU_SIZE,
            (None, None) => DEFAULT_SIZE,
        };
        let Some((cpu_kind, cpus, memory)) = preset(size) else {
            let span = self
                .size
                .as_ref()
                .map_or_else(|| self.span.clone(), |size| size.span.clone());
            return Err(GuestError::Size(Spot {
                value: size.to_owned(),
                span,
            }));
        };
        let decided = Decided::Preset {
            size: size.to_owned(),
            written: self.size.is_some() || self.gpu_kind.is_some(),
        };
        let mut guest = Guest {
            cpu_kind: cpu_kind.to_owned(),
            cpus,
            memory,
            decided,
        };
        if let Some(spot) = &self.memory {
            guest.memory = Memory::parse(&spot.value)
                .map_err(|error| GuestError::Memory(spot.clone(), error))?;
            guest.decided = Decided::Memory(spot.clone());
        }
        if let Some(spot) = self.memory_mb.as_ref().filter(|spot| spot.value != 0) {
            guest.memory = Memory(u64::try_from(spot.value).unwrap_or(0));
            guest.decided = Decided::MemoryMb(spot.clone());
        }
        if let Some(cpus) = self.cpus.as_ref().filter(|spot| spot.value != 0) {
            guest.cpus = cpus.value;
        }
        if let Some(kind) = &self.cpu_kind {
            guest.cpu_kind.clone_from(&kind.value);
        }
        Ok(guest)
    }
}

/// What is wrong with a machine, in the order Fly checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// Not `shared` or `performance`.
    CpuKind,
    /// Not a number of CPUs this kind comes with; the numbers it comes with.
    Cpus(&'static [i64]),
    /// Not within the least and most memory of this kind and number of CPUs.
    Memory(Memory, Memory),
    /// Within, but not a multiple of this.
    Step(Memory),
}

impl Guest {
    /// Whether Fly has such a machine. GPU presets are taken as they are.
    #[must_use]
    pub fn misfit(&self) -> Option<Misfit> {
        let (numbers, least, most, step): (&'static [i64], u64, u64, u64) =
            match self.cpu_kind.as_str() {
                "shared" => (SHARED_CPUS, 256, 2048, 256),
                "performance" => (PERFORMANCE_CPUS, 2048, 8192, 1024),
                _ => return Some(Misfit::CpuKind),
            };
        if !numbers.contains(&self.cpus) {
            return Some(Misfit::Cpus(numbers));
        }
        let cpus = u64::try_from(self.cpus).unwrap_or(1);
        let (least, most) = (Memory(least * cpus), Memory(most * cpus));
        if self.memory < least || self.memory > most {
            return Some(Misfit::Memory(least, most));
        }
        (!self.memory.0.is_multiple_of(step)).then_some(Misfit::Step(Memory(step)))
    }
}

/// CPU kind, CPUs and memory of a named size.
fn preset(size: &str) -> Option<(&'static str, i64, Memory)> {
    if matches!(size, "a100-40gb" | "a100-80gb" | "l40s" | "a10") {
        return Some(("performance", 8, Memory(32_768)));
    }
    let (kind, rest, each, numbers): (_, _, _, &[i64]) =
        if let Some(rest) = size.strip_prefix("shared-cpu-") {
            ("shared", rest, 256, SHARED_CPUS)
        } else {
            (
                "performance",
                size.strip_prefix("performance-")?,
                2048,
                PERFORMANCE_SIZES,
            )
        };
    let cpus = *numbers.iter().find(|number| rest == format!("{number}x"))?;
    Some((kind, cpus, Memory(each * u64::try_from(cpus).ok()?)))
}

/// Every named size, for hints.
#[must_use]
pub fn sizes() -> String {
    let list = |numbers: &[i64]| {
        numbers
            .iter()
            .map(|number| format!("{number}x"))
            .collect::<Vec<_>>()
            .join("|")
    };
    format!(
        "shared-cpu-({}), performance-({}), a10, l40s, a100-40gb, a100-80gb",
        list(SHARED_CPUS),
        list(PERFORMANCE_SIZES)
    )
}

/// The size of a machine that no `[[vm]]` describes.
pub const DEFAULT_SIZE: &str = "shared-cpu-1x";
/// Its memory.
pub const DEFAULT_MEMORY: Memory = Memory(256);
const DEFAULT_GPU_SIZE: &str = "performance-8x";

const SHARED_CPUS: &[i64] = &[1, 2, 4, 6, 8];
const PERFORMANCE_SIZES: &[i64] = &[1, 2, 4, 6, 8, 10, 12, 14, 16];
const PERFORMANCE_CPUS: &[i64] = &[1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64, 128];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fly::document::{Format, read};
    use crate::fly::read::config;

    fn guest(vm: &str, group: &str) -> Result<Option<Guest>, GuestError> {
        let (root, flaws) = read(Format::Toml, vm);
        assert!(flaws.is_empty(), "{flaws:?}");
        config(&root).guest(group)
    }

    #[test]
    fn precedence_within_a_section() {
        let table = [
            ("[vm]", ("shared", 1, 256)),
            ("[vm]\nsize = 'performance-2x'", ("performance", 2, 4096)),
            ("[vm]\nmemory = '1gb'\nmemory_mb = 256", ("shared", 1, 256)),
            ("[vm]\nmemory = 512", ("shared", 1, 512)),
            (
                "[vm]\nmemory = '2gb'\nmemory_mb = 0\ncpus = 0",
                ("shared", 1, 2048),
            ),
            ("[[vm]]\ncpus = 4", ("shared", 4, 256)),
            ("[compute]\nsize = 'shared-cpu-2x'", ("shared", 2, 512)),
            (
                "[[computes]]\ngpu_kind = 'l40s'",
                ("performance", 8, 16_384),
            ),
            (
                "[vm]\nsize = 'a10'\nMemory = '64GB'",
                ("performance", 8, 65_536),
            ),
        ];
        for (text, (kind, cpus, memory)) in table {
            let found = guest(text, "app").expect(text).expect(text);
            assert_eq!(
                (found.cpu_kind.as_str(), found.cpus, found.memory),
                (kind, cpus, Memory(memory)),
                "{text}"
            );
        }
        assert!(matches!(
            guest("[vm]\nsize = 'huge'", "app"),
            Err(GuestError::Size(_))
        ));
        assert!(matches!(
            guest("[vm]\nmemory = 'lots'", "app"),
            Err(GuestError::Memory(_, SizeError::NotASize))
        ));
        assert_eq!(guest("app = 'x'", "app"), Ok(None));
    }

    #[test]
    fn precedence_between_sections() {
        let text = "[processes]\nweb = 'w'\nworker = 'x'\ncron = 'c'\n[[vm]]\nmemory = '512mb'\n[[vm]]\nmemory = '1gb'\nprocesses = ['worker']\n\
                    [[vm]]\nmemory = '2gb'\nprocesses = ['worker', 'gone']\n";
        let memory = |text: &str, group| {
            guest(text, group)
                .expect("reads")
                .map(|guest| guest.memory.0)
        };
        assert_eq!(memory(text, "web"), Some(512));
        assert_eq!(memory(text, "worker"), Some(2048));
        assert_eq!(
            memory(
                "[processes]\nweb = 'w'\nworker = 'x'\n[[vm]]\nprocesses = ['web']\n",
                "worker"
            ),
            None
        );
    }

    #[test]
    fn limits() {
        let fits = |kind: &str, cpus, memory| {
            let decided = Decided::Preset {
                size: String::new(),
                written: true,
            };
            Guest {
                cpu_kind: kind.into(),
                cpus,
                memory: Memory(memory),
                decided,
            }
            .misfit()
        };
        assert_eq!(fits("shared", 1, 256), None);
        assert_eq!(
            fits("shared", 4, 256),
            Some(Misfit::Memory(Memory(1024), Memory(8192)))
        );
        assert_eq!(
            fits("shared", 1, 4096),
            Some(Misfit::Memory(Memory(256), Memory(2048)))
        );
        assert_eq!(fits("shared", 1, 300), Some(Misfit::Step(Memory(256))));
        assert!(matches!(fits("shared", 3, 1024), Some(Misfit::Cpus(_))));
        assert_eq!(fits("performance", 1, 3072), None);
        assert_eq!(fits("fast", 1, 3072), Some(Misfit::CpuKind));
    }
}
