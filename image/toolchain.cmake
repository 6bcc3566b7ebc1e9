# Compiles for the image: against the packages that ./dev image unpacked into PERIGEE_PACKAGES, for PERIGEE_PROCESSOR.
# Debian's compilers for all architectures have names of this kind, that of the machine's own, too.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PERIGEE_PACKAGES PERIGEE_PROCESSOR)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${PERIGEE_PROCESSOR})
set(CMAKE_SYSROOT ${PERIGEE_PACKAGES})
set(CMAKE_LIBRARY_ARCHITECTURE ${PERIGEE_PROCESSOR}-linux-gnu)
set(CMAKE_C_COMPILER ${PERIGEE_PROCESSOR}-linux-gnu-gcc)
set(CMAKE_STRIP ${PERIGEE_PROCESSOR}-linux-gnu-strip)
# No path of this machine goes into the binary.
set(CMAKE_C_FLAGS_INIT "-ffile-prefix-map=${CMAKE_CURRENT_LIST_DIR}/..=. -ffile-prefix-map=${PERIGEE_PACKAGES}=")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${PERIGEE_PACKAGES})
set(ENV{PKG_CONFIG_LIBDIR} ${PERIGEE_PACKAGES}/usr/lib/${PERIGEE_PROCESSOR}-linux-gnu/pkgconfig)
