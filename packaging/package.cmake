# The Debian package, by CPack: `./dev deb` builds it. One version for all: the project's.
set(PERIGEE_MAINTAINER "perigee contributors <perigee@packages.invalid>" CACHE STRING "Maintainer of the Debian package")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME perigee)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${PERIGEE_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "reader of Sentry by the Airbyte protocol, and into tables")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "perigee reads events, issues, projects and releases of Sentry. It keeps
them as tables in SQLite or PostgreSQL, or writes them as messages of the
Airbyte protocol, as a drop-in for airbyte/source-sentry. An incremental
read goes on where the last one ended, also where that was cut.
.
A stream of another API is a Lua file of a few lines, which runs in a
sandbox.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when they are asked for: the libraries of PostgreSQL, CSV and XML. Without authorities no server is trusted.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, libcsv3, libexpat1, libpq5")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "lua-check, sqlite3")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/arrange.cmake)
if(PERIGEE_PACKAGES) # a build against unpacked packages, not those of this machine
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PERIGEE_PACKAGES}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
  string(REPLACE x86_64 amd64 CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR})
  string(REPLACE aarch64 arm64 CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${CPACK_DEBIAN_PACKAGE_ARCHITECTURE})
endif()
include(CPack)
