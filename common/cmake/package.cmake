# What others build against: the framework's headers, which need nothing, and the C++ client library
# with the libraries that it is made of. Programs and plug-ins are installed where they are built.
#
#   find_package(rsca)                     rsca::wpframework, and rsca::client where gRPC is found
#   find_package(rsca COMPONENTS client)   an error without rsca::client
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rsca)

install(TARGETS rsca_wpframework EXPORT rscaWpframework)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/common/wpframework/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/common/wpframework/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/wpframework)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/common/wpframework/example
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/wpframework)

install(TARGETS rsca_client rsca_common rsca_google_rpc rsca_health_proto rsca_proto rsca_utf
  EXPORT rscaClient ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/client/cpp/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_BINARY_DIR}/protos/rsca/v1
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rsca FILES_MATCHING PATTERN "*.pb.h")

foreach(part Wpframework Client)
  install(EXPORT rsca${part} NAMESPACE rsca:: FILE rsca${part}Targets.cmake
    DESTINATION ${package_dir})
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rscaConfig.cmake.in
  ${PROJECT_BINARY_DIR}/rscaConfig.cmake INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/rscaConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/rscaConfig.cmake ${PROJECT_BINARY_DIR}/rscaConfigVersion.cmake
  DESTINATION ${package_dir})
