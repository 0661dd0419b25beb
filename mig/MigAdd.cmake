# mig_add(file.defs [option ...]): makes, in the build directory,
#
#	<name>.h <name>Server.h <name>User.c <name>Server.c
#
# where <name> is that of the file, anew when the file or one it includes has
# changed.  Options go to mig, after those in MIG_FLAGS.  The paths of the files
# made are left in the variables <name>_HEADER, <name>_SHEADER, <name>_USER and
# <name>_SERVER, so that
#
#	include(MigAdd)
#	mig_add(foo.defs)
#	add_executable(food food.c ${foo_SERVER} ${foo_SHEADER})
#	target_include_directories(food PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
#
# builds a server.  MIG_EXECUTABLE is the mig to use: by default the target mig
# of this build, if there is one, or the one installed.

function(mig_add file)
	if(MIG_EXECUTABLE)
		set(command ${MIG_EXECUTABLE})
		set(depends ${MIG_EXECUTABLE})
	elseif(TARGET host_mig)
		get_target_property(command host_mig BINARY_DIR)
		set(command ${command}/host/mig)
		set(depends host_mig ${command})
	elseif(TARGET mig)
		set(command $<TARGET_FILE:mig>)
		set(depends mig)
	else()
		find_program(MIG_EXECUTABLE mig REQUIRED)
		set(command ${MIG_EXECUTABLE})
		set(depends ${MIG_EXECUTABLE})
	endif()
	get_filename_component(source ${file} ABSOLUTE)
	get_filename_component(name ${file} NAME_WE)
	set(base ${CMAKE_CURRENT_BINARY_DIR}/${name})
	set(outputs ${base}.h ${base}Server.h ${base}User.c ${base}Server.c)
	add_custom_command(OUTPUT ${outputs}
		COMMAND ${CMAKE_COMMAND} -E env MIGCC=${CMAKE_C_COMPILER}
			${command} -MD ${MIG_FLAGS} ${ARGN}
			-header ${base}.h -sheader ${base}Server.h
			-user ${base}User.c -server ${base}Server.c ${source}
		DEPENDS ${source} ${depends}
		DEPFILE ${base}.h.d
		COMMENT "Making the interface of ${name}.defs"
		COMMAND_EXPAND_LISTS
		VERBATIM)
	set(${name}_HEADER ${base}.h PARENT_SCOPE)
	set(${name}_SHEADER ${base}Server.h PARENT_SCOPE)
	set(${name}_USER ${base}User.c PARENT_SCOPE)
	set(${name}_SERVER ${base}Server.c PARENT_SCOPE)
endfunction()
