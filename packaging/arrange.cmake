# Puts what is staged into the form that Debian's policy asks for: CPack runs it before it packs. SOURCE_DATE_EPOCH is the time
# of the commit.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/perigee)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE printed OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(printed ${printed} PARENT_SCOPE)
endfunction()

# The licence's text below its name, as copyright files have it: a blank before each line, and a dot in an empty one.
file(READ ${doc}/LICENSE licence)
file(REMOVE ${doc}/LICENSE)
string(REGEX REPLACE "^.*\nCopyright [^\n]*\n\n" "" licence "${licence}")
string(REPLACE "\n\n" "\n.\n" licence "${licence}")
string(STRIP "${licence}" licence)
string(REPLACE "\n" "\n " licence "${licence}")
file(READ ${CMAKE_CURRENT_LIST_DIR}/copyright copyright)
file(WRITE ${doc}/copyright "${copyright} ${licence}\n")
file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
run(date -R -u -d @$ENV{SOURCE_DATE_EPOCH})
file(WRITE ${doc}/changelog.Debian "perigee (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) bookworm; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}, whose changes are in changelog.gz.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${printed}
")
file(GLOB pages ${root}/usr/share/man/man*/*)
run(gzip -9n ${doc}/changelog ${doc}/changelog.Debian ${pages})
configure_file(${CMAKE_CURRENT_LIST_DIR}/lintian-overrides ${root}/usr/share/lintian/overrides/perigee COPYONLY)
# Modes and times are the same whoever builds it.
run(find ${root} -type d -exec chmod 755 {} +)
run(find ${root} -type f -exec chmod a+r,u+w,go-w {} +)
run(find ${root} -exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +)
